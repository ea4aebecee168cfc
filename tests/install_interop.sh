#!/bin/sh
# Installs what the tests marked "interop" need, where this machine lets us; they skip otherwise.
packages=""
if ! command -v pdflatex >/dev/null || ! kpsewhich tikz.sty beamer.cls >/dev/null; then
  packages="texlive-latex-base texlive-latex-recommended texlive-pictures"
fi
command -v dot >/dev/null || packages="$packages graphviz"
command -v soffice >/dev/null || packages="$packages libreoffice-calc"
command -v chromium >/dev/null || packages="$packages chromium"
if [ -z "$packages" ]; then
  :
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null &&
    apt-get install -qq -y --no-install-recommends $packages >/dev/null
else
  echo "these tests need programs that are not installed; on Debian: apt-get install $packages" >&2
fi
"$1" -m pip --disable-pip-version-check install --quiet --editable \
  '.[plot,onnx,xlsx,safetensors,keras,sklearn]' onnxruntime keras jax dask distributed >&2
"$1" -m pip --disable-pip-version-check install --quiet torch==2.13.0 >&2
"$1" -m pip --disable-pip-version-check install --quiet playwright nbclient ipykernel \
  otter-grader nbgrader >&2
exit 0
