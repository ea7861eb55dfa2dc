# The service with its weights, for a processor. docs/deployment.md says how it is run.
#
#   TORCH_INDEX  address of PyTorch's index of wheels for CPU, as pytorch.org's installation page
#                gives it; without it, x86-64 gets the wheels with CUDA, which work and weigh 5 GB

FROM python:3.11-slim-bookworm AS build
# PDQ is compiled: no wheel of it is published.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY scripts/constraints.txt ./
ARG TORCH_INDEX=
RUN pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} --requirement constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY model model
COPY api api
COPY extension/verdict extension/verdict
RUN pip install --constraint constraints.txt .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin candor \
    && install --directory --owner candor --group candor /data
COPY --from=build /venv /venv
COPY weights /weights
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    CANDOR_DATA_DIR=/data \
    CANDOR_WEIGHTS_DIR=/weights
USER candor
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=9)"]
ENTRYPOINT ["candor"]
CMD ["serve"]
