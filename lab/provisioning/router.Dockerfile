# The router of the lab: FRR, and what claims observe it with.
ARG BASE
FROM ${BASE}
COPY install-packages.sh /usr/local/sbin/
RUN install-packages.sh frr iproute2 tcpdump python3 curl iputils-ping arping procps tini && \
    sed -i 's/^bgpd=no/bgpd=yes/' /etc/frr/daemons
ENTRYPOINT ["tini", "--", "sleep", "infinity"]
