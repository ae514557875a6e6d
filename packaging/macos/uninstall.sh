#!/bin/sh
# Takes the host away again, as administrator. What is a person's stays in their Library/Application Support/e-onay.
#
#   sudo "/Library/Application Support/e-Onay/uninstall.sh"
set -eu
program="/Library/Application Support/e-Onay/eonay-host"
if [ -x "$program" ]; then
	"$program" uninstall --system
fi
rm -rf "/Library/Application Support/e-Onay"
pkgutil --forget tr.eonay.host
