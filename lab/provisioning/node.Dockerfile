# A kind node, and what claims observe it with: the documents install such tools into each node by hand.
ARG BASE
FROM ${BASE}
COPY install-packages.sh /usr/local/sbin/
RUN install-packages.sh tcpdump python3 iputils-ping arping conntrack procps nftables
