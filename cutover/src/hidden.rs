//! What holds a name where none of our accounts does: how a service of AWS gives itself away, what its users have to do so
//! that it lets go, and what AWS Support has to be told. Must not know how anything was observed.

use crate::bounds::cut;
use crate::facts::{Facts, Glance, HiddenService, Reach};
use crate::name::Alias;
use crate::plan::names;
use crate::request::Request;

/// By what a service gives itself away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// The end of the account id of a holder.
    Account(&'static str),
    /// A header of a page, in lower case.
    Header(&'static str),
}

/// A sign, whose it is, how sure that is, and who says so.
struct Clue {
    service: HiddenService,
    sign: Sign,
    label: &'static str,
    source: &'static str,
}

/// `documented`: the API Gateway guide lists the accounts of its edge distributions, one for each Region.
const GATEWAY_ACCOUNTS: [&str; 26] = [
    "392220576650",
    "718770453195",
    "968246515281",
    "109351309407",
    "796887884028",
    "631144002099",
    "544388816663",
    "061510835048",
    "474240146802",
    "166639821150",
    "394634713161",
    "753362059629",
    "359345898052",
    "969236854626",
    "020402002396",
    "360671645888",
    "195145609632",
    "798376113853",
    "652364314486",
    "849137399833",
    "507069717855",
    "644042651268",
    "174803364771",
    "287228555773",
    "855739686837",
    "614065512851",
];

/// Every other clue, what is closest to the holder first. A header is weaker than an account: whatever stands in front of a
/// service passes it on (HID-3), and an API may stand in front of a user pool. No header is known that Amplify Hosting alone
/// sends.
const CLUES: [Clue; 4] = [
    Clue { service: HiddenService::Amplify, sign: Sign::Account("200621"), label: "observed", source: "field reports (HID-3)" },
    Clue { service: HiddenService::Amplify, sign: Sign::Account("155257"), label: "observed", source: "one field report (HID-3)" },
    Clue {
        service: HiddenService::ApiGateway,
        sign: Sign::Header("x-amz-apigw-id"),
        label: "documented",
        source: "API Gateway guide, headers of a REST API's response",
    },
    Clue {
        service: HiddenService::Cognito,
        sign: Sign::Header("x-amz-cognito-request-id"),
        label: "documented",
        source: "Cognito guide, responses of the user pool endpoints",
    },
];

/// Digits of an account id that a masked one shows (DSC-3).
const SHOWN_DIGITS: usize = 6;

/// Which service of AWS the masked `account` of a holder, or what a viewer met, gives away; and by what, for a person.
pub fn recognise(account: &str, glance: Option<&Glance>) -> Option<(HiddenService, String)> {
    let shown = account.trim_start_matches('*');
    let gateway = |id: &&&str| shown.len() >= SHOWN_DIGITS && id.ends_with(shown);
    if let Some(id) = GATEWAY_ACCOUNTS.iter().find(gateway) {
        let seen = format!("documented: account {id} holds the edge distributions of API Gateway in one Region (API Gateway guide)");
        return Some((HiddenService::ApiGateway, seen));
    }
    let headers = match glance {
        Some(Glance::Served(headers)) => Some(headers),
        _ => None,
    };
    let shows = |clue: &&Clue| match clue.sign {
        Sign::Account(end) => shown.len() >= SHOWN_DIGITS && shown.ends_with(end),
        Sign::Header(name) => headers.is_some_and(|headers| headers.contains_key(name)),
    };
    let clue = CLUES.iter().find(shows)?;
    let by = match clue.sign {
        Sign::Account(end) => format!("accounts that end in {end} are {}'s", service_name(clue.service)),
        Sign::Header(name) => format!("a page of it carries the header {name}, as {} sends it", service_name(clue.service)),
    };
    Some((clue.service, format!("{}: {by} ({})", clue.label, clue.source)))
}

/// Its name, for a person.
pub fn service_name(service: HiddenService) -> &'static str {
    match service {
        HiddenService::Amplify => "Amplify Hosting",
        HiddenService::ApiGateway => "API Gateway",
        HiddenService::Cognito => "Cognito",
        HiddenService::Other => "another service of AWS",
    }
}

/// What whoever uses the service has to do so that it releases the names, in order; the delays as they were observed (§16 of
/// the facts). `evidence` is what [`recognise`] says.
pub fn release_steps(service: HiddenService, aliases: &[Alias], evidence: &str) -> Vec<String> {
    let first = aliases.first().map_or("", Alias::as_str);
    let parent = psl::domain_str(first).unwrap_or(first);
    let prefix = first.strip_suffix(parent).unwrap_or_default().trim_end_matches('.');
    let mut steps = vec![format!("{} holds {}. {evidence}", service_name(service), names(aliases))];
    let own: Vec<String> = match service {
        HiddenService::Amplify => vec![
            "find the app, in every Region and account of yours: aws amplify list-apps --region REGION, then aws amplify list-domain-associations --app-id APP --region REGION".to_owned(),
            format!("to release the whole domain: aws amplify delete-domain-association --app-id APP --domain-name {parent} --region REGION"),
            format!("to release one name only: aws amplify update-domain-association --app-id APP --domain-name {parent} --region REGION --sub-domain-settings with every prefix but \"{prefix}\""),
            "observed: it stops serving within seconds and may hold the name for hours more; maintainers say to wait 6 h, one case took more than 96 h".to_owned(),
        ],
        HiddenService::ApiGateway => vec![
            format!("find the domain name, in every Region and account of yours: aws apigateway get-domain-name --domain-name {first} --region REGION"),
            format!("add a Regional endpoint: aws apigateway update-domain-name --domain-name {first} --region REGION --patch-operations op=add,path=/endpointConfiguration/types,value=REGIONAL op=add,path=/regionalCertificateArn,value=CERTIFICATE_ARN_OF_THAT_REGION"),
            format!("remove the edge endpoint: aws apigateway update-domain-name --domain-name {first} --region REGION --patch-operations op=remove,path=/endpointConfiguration/types,value=EDGE"),
            "documented: up to 60 s; observed: the call throttles easily, so leave a minute between two".to_owned(),
        ],
        HiddenService::Cognito => vec![
            format!("find the user pool, in every Region and account of yours: aws cognito-idp describe-user-pool-domain --domain {first} --region REGION"),
            format!("from here on nobody can sign in at this name; delete it: aws cognito-idp delete-user-pool-domain --domain {first} --user-pool-id POOL --region REGION"),
            "observed: the name is free after minutes; an attach that comes at once is refused, a later one is taken".to_owned(),
        ],
        HiddenService::Other => vec![
            "look for the name in the services that make distributions of their own: Amplify (all Regions), API Gateway custom domain names of the kind EDGE, Cognito user pool domains, and CloudFront distribution tenants of other accounts".to_owned(),
            "remove it there; if nobody finds it, have AWS Support say who holds it".to_owned(),
        ],
    };
    steps.extend(own);
    if aliases.len() > 1 {
        steps.push(format!("the same for the other {} names", aliases.len() - 1));
    }
    steps
}

/// The text of a case for AWS Support that has the names moved, with the evidence that is asked for (DT-10, HID-4).
pub fn support_case(request: &Request, facts: &Facts) -> Vec<String> {
    let (source, target) = (&facts.source, &facts.target);
    let tried = match &source.reach {
        Reach::Unreachable(why) => why.as_str(),
        Reach::Service(_) => "it is in an account of AWS",
        Reach::Ours => "it is ours",
    };
    let certificate = match &target.certificate {
        Some(certificate) => format!("{} covers every name", certificate.arn),
        // Nothing may be claimed of what was not seen (ACM-8).
        None if target.iam_certificate => "is in the IAM store, where we cannot read which names it covers".to_owned(),
        None => "could not be read".to_owned(),
    };
    let led = if source.domain_name.is_empty() { String::new() } else { format!("; DNS leads to {}", source.domain_name) };
    let mut text = vec![
        format!("Please move {} to our CloudFront distribution {} of account {}.", names(&request.aliases), target.id, target.account),
        format!("Held now by {} in account {} (ids as ListDomainConflicts shows them){led}.", source.id, source.account),
        format!("Target: {} at {}, enabled, Deployed; its certificate {certificate}.", target.id, target.domain_name),
        cut(&format!("Why we cannot move it ourselves: {tried}; UpdateDomainAssociation asks for a disabled source across accounts.")),
        "Proof of control, in public DNS:".to_owned(),
    ];
    text.extend(request.aliases.iter().map(|alias| match facts.proofs.get(alias) {
        Some(proof) => format!("{alias}: TXT {} = \"{}\"", proof.name, target.domain_name),
        None => format!("{alias}: no TXT proof has a place in the zone {}; we can prove it as you say", facts.hosted_zone.name),
    }));
    text.push(
        "To whoever sends this: a Basic support plan cannot open a technical case (HID-4); use an account with a paid plan.".to_owned(),
    );
    text
}

#[cfg(test)]
mod tests;
