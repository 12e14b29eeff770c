#!/usr/bin/env bash
# Generates the pages from the code: commands, keys, errors, schema, example configuration and man page
# (tests/Thpc.NodeAgent.Tests/Documentation/GeneratedPage.cs lists them).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project=tests/Thpc.NodeAgent.Tests
dotnet build "$project" -c Release --nologo -v quiet -p:RunAnalyzers=false
THPC_WRITE_PAGES=1 dotnet test --project "$project" --no-build -c Release -- --filter-class '*.GeneratedPagesTests'
git status --short docs images/package
