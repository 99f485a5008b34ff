# A session with the AWS CLI, one command a line. The environment says which server and which account it talks to.
aws sts get-caller-identity --query Arn --output text
aws stepfunctions start-execution --state-machine-arn $MACHINE --name first --input file://tests/scenarios/legacy-to-new/request.json
aws stepfunctions describe-execution --execution-arn $FIRST --query status --output text
until aws stepfunctions describe-execution --execution-arn $FIRST --query status --output text | grep -v RUNNING; do sleep 1; done
aws stepfunctions describe-execution --execution-arn $FIRST --query output --output text | python3 -c 'import json, sys; print(json.load(sys.stdin)["outcome"])'
aws stepfunctions get-execution-history --execution-arn $FIRST --no-paginate --max-results 5 --query 'events[].[id,type]' --output text
aws stepfunctions get-execution-history --execution-arn $FIRST --reverse-order --no-paginate --max-results 1 --query 'events[].type' --output text
AWS_ACCESS_KEY_ID=AKIA000000000002 aws cloudfront list-distributions --query 'DistributionList.Items[].[Id,Status,Aliases.Items[0]]' --output text
AWS_ACCESS_KEY_ID=AKIA000000000001 aws route53 list-resource-record-sets --hosted-zone-id Z1FOO --query "ResourceRecordSets[?Type=='CNAME']"
aws cloudfront get-distribution --id E2NEWQRS
curl -si -H 'Host: a.foo.com' $AWS_ENDPOINT_URL/ | grep -iE 'HTTP|x-served-by|x-cutover-distribution'
aws dynamodb put-item --table-name cutover --item '{"pk": {"S": "NOTE#1"}, "sk": {"S": "NOTE"}, "text": {"S": "by hand"}}'
aws dynamodb get-item --table-name cutover --key '{"pk": {"S": "NOTE#1"}, "sk": {"S": "NOTE"}}' --consistent-read --query Item.text.S --output text
