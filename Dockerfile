# The commands and the queue's workers: docker compose builds it for "worker", "beat" and "gallery".
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
# What we lean on changes seldom: a layer of its own.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-default-groups --extra gallery --no-install-project
COPY src ./src
RUN uv sync --locked --no-default-groups --extra gallery --no-editable

FROM python:3.13-slim
RUN useradd --system --create-home --uid 1000 pyf && install -d -m 700 -o pyf -g pyf /data
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYF_DATA_DIR=/data PYTHONUNBUFFERED=1
USER pyf
WORKDIR /data
VOLUME /data
# A worker answers its own ping over the broker.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD celery -A pyf.aggregator.queue inspect ping --timeout 10 --destination "celery@$HOSTNAME"
CMD ["celery", "-A", "pyf.aggregator.queue", "worker", "--loglevel=info"]
