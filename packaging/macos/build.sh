#!/bin/sh
# Builds, signs and notarises the installer of the host for macOS, on a Mac with Xcode's command-line tools and Go:
#
#   packaging/macos/build.sh
#
# writes build/release/e-onay-VERSION.pkg. What it signs with the environment names; without it nothing is signed, and only
# this Mac's owner can open what comes of it:
#
#   APPLICATION   the certificate for programs: "Developer ID Application: …"
#   INSTALLER     the certificate for installers: "Developer ID Installer: …"
#   NOTARY        the profile of Apple's notary service, as `xcrun notarytool store-credentials` has kept it
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname)" = Darwin ] || { echo "this needs a Mac: PC/SC is a framework of Apple's SDK" >&2; exit 1; }

version=$(cat VERSION)
work=build/macos
root=$work/root
program="$root/Library/Application Support/e-Onay/eonay-host"
package=build/release/e-onay-$version.pkg

rm -rf "$work"
mkdir -p "$(dirname "$program")" build/release

# One program for both processors.
for arch in arm64 amd64; do
	GOOS=darwin GOARCH=$arch CGO_ENABLED=1 MACOSX_DEPLOYMENT_TARGET=12.0 \
		CC="clang -arch $(echo $arch | sed s/amd64/x86_64/)" \
		go build -trimpath -buildvcs=false -ldflags="-s -w" -o "$work/eonay-host-$arch" ./nativehost
done
lipo -create -output "$program" "$work/eonay-host-arm64" "$work/eonay-host-amd64"

# A hardened program loads libraries of its own maker alone; cards' libraries are of others.
if [ -n "${APPLICATION:-}" ]; then
	codesign --force --timestamp --options runtime --entitlements packaging/macos/entitlements.plist \
		--identifier tr.eonay.host --sign "$APPLICATION" "$program"
	codesign --verify --strict "$program"
fi

# The licences of what is linked into it, the manifests of every browser, and the way to take all of it away again.
go run ./packaging/notices/print -os darwin -arch arm64 ./nativehost > "$(dirname "$program")/LICENSES.txt"
"$program" install --system --root "$root" --lang en
cp packaging/macos/uninstall.sh "$(dirname "$program")/uninstall.sh"
chmod 755 "$(dirname "$program")/uninstall.sh"

set -- --root "$root" --identifier tr.eonay.host --version "$version" --install-location / --ownership recommended
[ -z "${INSTALLER:-}" ] || set -- "$@" --timestamp --sign "$INSTALLER"
pkgbuild "$@" "$package"

if [ -n "${NOTARY:-}" ]; then
	xcrun notarytool submit "$package" --keychain-profile "$NOTARY" --wait
	xcrun stapler staple "$package"
fi
echo "$package"
