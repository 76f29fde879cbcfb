#!/bin/sh
# Makes what a package holds besides the program, with the program itself: package.sh PROGRAM FOLDER
set -eu
program=$1
folder=$2
mkdir -p "$folder"
"$program" man --install "$folder/man"
for shell in bash zsh fish; do
    "$program" completions "$shell" >"$folder/floorwalker.$shell"
done
