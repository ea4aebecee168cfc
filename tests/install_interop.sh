#!/bin/sh
# Installs what the tests marked "interop" need, where this machine lets us; they skip otherwise.
if command -v pdflatex >/dev/null; then
  :
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get install -qq -y --no-install-recommends texlive-latex-base texlive-latex-recommended >/dev/null
else
  echo "pdflatex is not installed; on Debian: apt-get install texlive-latex-base texlive-latex-recommended" >&2
fi
"$1" -m pip --disable-pip-version-check install --quiet --editable '.[plot,onnx]' onnxruntime >&2
"$1" -m pip --disable-pip-version-check install --quiet torch==2.13.0 >&2
exit 0
