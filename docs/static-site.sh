#!/bin/sh
# Brings a profile's catalogue up to date and writes its site: for a scheduled job on a forge's CI, or for cron.
# Keep PYF_DATA_DIR from one run to the next: then PyPI is asked for what has changed, and for nothing else.
#
#   PYF_DATA_DIR=$PWD/.pyf PYF_GALLERY_URL=https://example.org/catalogue sh static-site.sh plone site
set -eu

profile=$1
site=$2
since=$PYF_DATA_DIR/since

mkdir -p "$PYF_DATA_DIR"
# The first run is a full one; later ones are incremental.
if [ -e "$since" ]; then mode=-i; else mode=-f; fi
pyfaggregator "$mode" -p "$profile" -s "$since"
# What a source cannot tell today stays as it is, and is no reason not to publish the rest.
pyfenrich -p "$profile" || echo "Some figures are those of before." >&2
pyfgallery build "$site" -p "$profile"
