# Quittance in a container: one static program, nobody's user, a file system that may be read-only but for /data.
#
#   docker build -t quittance .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges -v quittance:/data -p 8080:8080 \
#     -e QUITTANCE_TRUSTED_PROXIES=172.16.0.0/12 -e QUITTANCE_PUBLIC_URL=https://books.example.com quittance
#
# backup and restore of PostgreSQL need pg_dump and pg_restore, which are not in it: run them where these are.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/quittance ./cmd/quittance \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
COPY --from=build /out/quittance /quittance
USER 65532:65532
WORKDIR /data
ENV QUITTANCE_DB=/data/books.db QUITTANCE_ADDR=0.0.0.0:8080 QUITTANCE_LOG_FORMAT=json
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/quittance"]
CMD ["serve", "--create"]
