#!/bin/sh
# enter.sh ROOT SEEN... -- FOLDER [NAME=VALUE...] COMMAND...
# Runs a command in a system of its own, that was unpacked at ROOT: in FOLDER, with the SEEN folders at their places and of
# the environment only what is named. The network is the machine's. The command must have been given mounts and processes
# of its own, as `unshare` does: with the outer /proc, Swift crashes now and then.
set -eu
PATH=$PATH:/usr/sbin:/sbin
root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
    shift
done
folder=$2
shift 2
# No exec: as the first of these processes the shell buries those that lost their parents, and passes the exit code on.
chroot "$root" /usr/bin/env -i --chdir="$folder" HOME=/home LC_ALL=C PATH=/usr/libexec/swift/bin:/usr/bin "$@"
