#!/usr/bin/env bash
# pack.sh ARCHITECTURE VERSION FOLDER FORMAT… gathers what a package contains below build/packages/ARCHITECTURE, beside the program
# that make has built there, and writes the packages into the folder. The same sources, and the same SOURCE_DATE_EPOCH, give the
# same bytes.
set -euo pipefail
umask 022 # files have the modes that they will have where they are installed
cd "$(dirname "$0")/../.."
architecture=$1 version=$2 out=$(realpath -m "$3")
shift 3
: "${SOURCE_DATE_EPOCH:?is not set: make sets it to the day of the commit}"

gathered=build/packages/$architecture
rm -rf "$gathered/root" "$gathered/share"
go run ./packaging/linux/share -out "$gathered/share" -version "$version" -day "$SOURCE_DATE_EPOCH"
build/packages/amd64/eonay-host install --system --root "$gathered/root" >/dev/null
install -m 644 packaging/linux/metainfo.xml packaging/linux/lintian-overrides "$gathered"

mkdir -p "$out"
declare -A rpm=([amd64]=x86_64 [arm64]=aarch64)
declare -A name=([deb]="e-onay_${version}_$architecture.deb" [rpm]="e-onay-$version-1.${rpm[$architecture]}.rpm")
for format; do
    (cd "$gathered" && PACKAGE_ARCH=$architecture PACKAGE_VERSION=$version \
        ../../tools/nfpm package --config ../../../packaging/linux/nfpm.yaml --packager "$format" --target "$out/${name[$format]}" >/dev/null)
    echo "$out/${name[$format]}"
done
