#!/bin/sh
# Replays a recorded trouble: nobody announces the VIP.
set -eu
vipscope=$1
case=Captures/no-announcer-mirror
echo "\$ vipscope replay $case/capture.pcap --site $case/site.yaml"
echo
status=0
"$vipscope" replay "$case/capture.pcap" --site "$case/site.yaml" --format text || status=$?
echo
echo "exit status $status: 0 would say that nothing is wrong, 1 says that a finding is open"
[ "$status" = 1 ]
