#!/usr/bin/env bash
# Makes the documents into a web site, in target/site.
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B -ntp -q -pl daemon -am test -Dtest=SiteTest -Dsurefire.failIfNoSpecifiedTests=false -Dpackages.skip=true
echo "$PWD/target/site/index.html"
