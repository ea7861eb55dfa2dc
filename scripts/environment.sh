# Sourced by the other scripts: a virtual environment with what they need, made once.
#
#   prepare EXTRA   installs this project with the optional dependencies EXTRA ("" for none)
#
# CANDOR_VENV names another place than .venv, so that several checkouts can share one.
# CANDOR_PYTHON names another interpreter than python3 to make it with.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)
venv=${CANDOR_VENV:-$root/.venv}

make_environment() {
    local python=${CANDOR_PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Candor needs Python 3.11 or newer as $python. Set CANDOR_PYTHON to one." >&2
        exit 1
    }
    echo "Making a virtual environment in $venv ..." >&2
    "$python" -m venv --clear "$venv" || {
        echo "That failed. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
}

# PDQ is compiled on this machine: no wheel of it is published.
need_compiler() {
    echo 'int main() {}' | c++ -x c++ -fsyntax-only - 2>/dev/null &&
        [ -f "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] &&
        return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "Installing g++ and python3-dev ..." >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq g++ python3-dev >/dev/null
        return
    fi
    echo "A C++ compiler and Python's headers are needed. On Debian and Ubuntu: apt-get install g++ python3-dev" >&2
    exit 1
}

prepare() {
    local extra=$1 wanted stamp
    stamp=$venv/.candor-${extra:-serve}
    wanted="$root $(cat "$root/pyproject.toml" "$root/scripts/constraints.txt")"
    # A half-made environment has a Python but no pip.
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_environment
    if [ "$wanted" != "$(cat "$stamp" 2>/dev/null)" ]; then
        echo "Installing what Candor needs; the first time this takes a few minutes ..." >&2
        "$venv/bin/python" -c 'import pdqhash' 2>/dev/null || need_compiler
        "$venv/bin/python" -m pip install --quiet --upgrade "pip>=25"
        # setuptools warns that an editable installation is editable.
        PYTHONWARNINGS=ignore "$venv/bin/python" -m pip install --quiet --constraint "$root/scripts/constraints.txt" \
            --editable "$root${extra:+[$extra]}"
        # The project is installed from one checkout at a time: the last that asked.
        local other
        for other in "$venv"/.candor-*; do
            [ "$wanted" = "$(cat "$other" 2>/dev/null)" ] || rm -f "$other"
        done
        echo "$wanted" >"$stamp"
    fi
}

# The extension's tools as package-lock.json has them; npm leaves its own copy beside what it installed.
node_packages() {
    [ "$root/node_modules/.package-lock.json" -nt "$root/package-lock.json" ] ||
        npm ci --silent --prefix "$root"
}
