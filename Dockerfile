# The command in an image: docker build -t facequery . && docker run --rm facequery explain 66660004
FROM debian:13-slim AS build
COPY . /build/facequery
WORKDIR /build/facequery
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && \
    apt-get build-dep -y --no-install-recommends . && dpkg-buildpackage -us -uc -b

FROM debian:13-slim
COPY --from=build /build/facequery_*.deb /tmp/
# An image's OpenSSL may be older than what facequery encrypts with (csrc/recipients.c).
RUN apt-get update && apt-get upgrade -y && apt-get install -y --no-install-recommends /tmp/facequery_*.deb && \
    rm -rf /tmp/facequery_*.deb /var/lib/apt/lists/*
# Archives belong to whoever runs it: docker run --user "$(id -u)" -v "$PWD/evidence:/evidence" …
USER nobody
ENTRYPOINT ["facequery"]
