//! Carries a script out in a simulated AWS, through the SDK's own clients, and writes down what each operation was, when it
//! took effect, how it was answered and what was there afterwards. Holds no expectation.

use super::scripts::{ACCOUNTS, By, NAMES, On, Script, Tag, To, Wish, ZONE, chain};
use super::specification::{Action, Lead, Millis, Op, Refusal};
use aws_sdk_cloudfront::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudfront::types::{Aliases, DistributionResourceId};
use aws_sdk_route53::types::{AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use aws_smithy_types::retry::RetryConfig;
use rehearsal::clock::VirtualClock;
use rehearsal::plug::{SharedWorld, sdk_config};
use rehearsal::world::World;
use rehearsal::world::journal::Journal;
use std::collections::{BTreeMap, BTreeSet};

/// One operation, as it went.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) at: Millis,
    pub(super) account: String,
    pub(super) op: Op,
    /// When Route 53's servers have it, where it changed DNS.
    pub(super) in_sync: Millis,
    pub(super) verdict: Result<(), Refusal>,
    pub(super) after: Sight,
}

/// What lists show.
#[derive(Debug, Clone, Default)]
pub(super) struct Sight {
    /// Names, whether it is enabled, its revision, whether it is deployed, and when that was seen.
    pub(super) sides: BTreeMap<String, (BTreeSet<String>, bool, u64, bool, Millis)>,
    pub(super) leads: BTreeMap<String, Lead>,
    /// Values and TTL of the TXT sets, by the names that they prove.
    pub(super) proofs: BTreeMap<String, (BTreeSet<String>, i64)>,
}

/// What AWS said no with, as far as it tells refusals apart.
fn refusal<E: ProvideErrorMetadata + std::fmt::Debug>(error: &SdkError<E>) -> Refusal {
    let (code, message) = (error.code().unwrap_or_default(), error.message().unwrap_or_default());
    let says = |part: &str| message.contains(part);
    match code {
        "AccessDenied" => Refusal::Denied,
        "PreconditionFailed" | "InvalidIfMatchVersion" => Refusal::Stale,
        "InvalidViewerCertificate" => Refusal::Uncovered,
        "InvalidArgument" if says("must attach a trusted certificate") => Refusal::Uncovered,
        "InvalidArgument" if says("must be enabled and deployed") => Refusal::NotReady,
        "InvalidChangeBatch" => Refusal::Batch,
        "NoSuchHostedZone" => Refusal::NoSuchZone,
        "CNAMEAlreadyExists" | "IllegalUpdate" if says("are already associated with a different resource") => Refusal::Taken,
        "CNAMEAlreadyExists" | "IllegalUpdate" if says("incorrectly configured DNS record") => Refusal::Misdirected,
        "TooManyDistributionCNAMEs" => Refusal::Full,
        "IllegalUpdate" if says("more CNAMEs than are allowed") => Refusal::Full,
        "IllegalUpdate" if says("Invalid or missing alias DNS TXT records") => Refusal::Unproved,
        "IllegalUpdate" if says("since the source distribution is enabled") => Refusal::SourceEnabled,
        "IllegalUpdate" if says("already associated with the target resource") => Refusal::HeldByTarget,
        "IllegalUpdate" if says("is not associated with another resource") => Refusal::NotHeld,
        _ => panic!("an answer that no fact has: {error:?}"),
    }
}

struct Account {
    cloudfront: aws_sdk_cloudfront::Client,
    route53: aws_sdk_route53::Client,
}

struct Aws<'s> {
    script: &'s Script,
    world: SharedWorld,
    clock: VirtualClock,
    accounts: BTreeMap<String, Account>,
    /// Each distribution's ETags, oldest first: a revision is a position.
    etags: BTreeMap<String, Vec<String>>,
    /// What was there after each operation.
    seen: Vec<Sight>,
}

/// Carries `script` out.
pub(super) fn carried_out(script: &Script) -> Vec<Done> {
    let mut world = World::new(script.world.clone(), script.seed).unwrap();
    world.journal = Some(Journal::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = VirtualClock::new(world.start);
        let world = SharedWorld::new(world);
        let account = |id: &&str| {
            let config = sdk_config(&world, clock.clone(), &format!("AKIA{id}"));
            let config = config.into_builder().retry_config(RetryConfig::disabled()).build();
            (
                (*id).to_owned(),
                Account { cloudfront: aws_sdk_cloudfront::Client::new(&config), route53: aws_sdk_route53::Client::new(&config) },
            )
        };
        let accounts = ACCOUNTS.iter().map(account).collect();
        let mut aws = Aws { script, world: world.clone(), clock: clock.clone(), accounts, etags: BTreeMap::new(), seen: vec![] };
        let first = aws.look().await;
        aws.seen.push(first);
        let mut done = vec![];
        for wish in &script.wishes {
            match wish {
                Wish::Wait { seconds } => aws.clock.sleep(seconds * 1000).await,
                wish => done.extend(aws.grant(wish).await),
            }
        }
        done
    })
}

impl Aws<'_> {
    /// What every account's lists show.
    async fn look(&mut self) -> Sight {
        let mut sight = Sight::default();
        for account in self.accounts.values() {
            let listed = account.cloudfront.list_distributions().send().await.unwrap();
            let at = self.effect();
            for side in listed.distribution_list().unwrap().items() {
                let names = side.aliases().map(|aliases| aliases.items().iter().cloned().collect()).unwrap_or_default();
                let etag = side.e_tag().unwrap().to_owned();
                let etags = self.etags.entry(side.id().to_owned()).or_default();
                let known = etags.iter().position(|known| *known == etag);
                let revision = known.unwrap_or_else(|| {
                    etags.push(etag);
                    etags.len() - 1
                });
                let deployed = side.status() == "Deployed";
                sight.sides.insert(side.id().to_owned(), (names, side.enabled(), revision as u64, deployed, at));
            }
        }
        let zone = self.accounts[ACCOUNTS[0]].route53.list_resource_record_sets().hosted_zone_id(ZONE).send().await.unwrap();
        for set in zone.resource_record_sets() {
            let name = set.name().trim_end_matches('.').replace("\\052", "*");
            let values: Vec<String> = set.resource_records().iter().map(|record| record.value().to_owned()).collect();
            let ttl_seconds = set.ttl().unwrap_or(60);
            match (set.r#type(), set.alias_target()) {
                (RrType::Txt, _) => {
                    let values = values.iter().map(|value| value.trim_matches('"').to_owned()).collect();
                    let proved = name.strip_prefix("_.").or(name.strip_prefix('_')).unwrap().to_owned();
                    sight.proofs.insert(proved, (values, ttl_seconds));
                }
                (_, Some(target)) => {
                    let to = target.dns_name().trim_end_matches('.').to_owned();
                    sight.leads.insert(name, Lead { to, is_alias: true, ttl_seconds });
                }
                (RrType::Cname, None) => drop(sight.leads.insert(name, Lead { to: values[0].clone(), is_alias: false, ttl_seconds })),
                _ => {}
            }
        }
        sight
    }

    /// When the last call took effect.
    fn effect(&self) -> Millis {
        let mut world = self.world.lock();
        let journal = world.journal.as_mut().unwrap();
        journal.entries.clear();
        journal.calls.drain(..).next_back().unwrap().at
    }

    /// What the wish comes to here and now, and who does it; nothing where it is about a distribution that there is not.
    fn meant(&self, wish: &Wish) -> Option<(Op, String)> {
        let now = self.seen.last().unwrap();
        let given = |number: usize| &self.script.world["distributions"][number];
        let id = |number: usize| given(number)["id"].as_str().unwrap().to_owned();
        let domain = |number: usize| given(number)["domainName"].as_str().unwrap().to_owned();
        let owner = |id: &str| {
            let all = self.script.world["distributions"].as_array().unwrap();
            all.iter().find(|side| side["id"] == id).unwrap()["account"].as_str().unwrap().to_owned()
        };
        let by = |by: By, owner: String| if let By::Account(number) = by { ACCOUNTS[number].to_owned() } else { owner };
        let tagged = |tag: Tag, id: &str| match tag {
            Tag::Newest => Some(now.sides[id].2),
            Tag::Ago(operations) => Some(self.seen[self.seen.len().saturating_sub(1 + operations)].sides[id].2),
            Tag::Absent => None,
        };
        Some(match wish {
            Wish::Wait { .. } => return None,
            Wish::Toggle { on, names, switches, tag, by: who } => {
                let holder = |name: usize| now.sides.iter().find(|(_, side)| side.0.contains(NAMES[name])).map(|(id, _)| id.clone());
                let on = match on {
                    On::Number(number) => id(*number),
                    On::HolderOf(name) => holder(*name)?,
                };
                let side = &now.sides[&on];
                let toggled: BTreeSet<String> = names.iter().map(|name| NAMES[*name].to_owned()).collect();
                let names = side.0.symmetric_difference(&toggled).cloned().collect();
                let (enabled, revision, account) = (side.1 != *switches, tagged(*tag, &on), by(*who, owner(&on)));
                (Op::Update { on, names, enabled, certificate: None, revision }, account)
            }
            Wish::Move { name, to, tag, older_call, by: who } => {
                let to = id(*to);
                let revision = tagged(*tag, &to).filter(|_| !older_call);
                let account = by(*who, owner(&to));
                (Op::Move { name: NAMES[*name].to_owned(), to, revision, older_call: *older_call }, account)
            }
            Wish::Lead { name, action, to, ttl_seconds, by: who } => {
                let name = NAMES[*name].to_owned();
                let is_alias = name == "foo.com";
                let to = match to {
                    To::Distribution(number) => domain(*number),
                    To::Name(other) if !is_alias && NAMES[*other] != name => NAMES[*other].replace('*', "any"),
                    To::Chain(at) if !is_alias => chain(*at),
                    _ if is_alias => domain(0),
                    _ => "elsewhere.example".to_owned(),
                };
                let there = now.leads.get(&name).filter(|_| *action == Action::Delete).cloned();
                let ttl_seconds = if is_alias { 60 } else { *ttl_seconds };
                let lead = there.unwrap_or(Lead { to, is_alias, ttl_seconds });
                (Op::Lead { name, action: *action, lead }, by(*who, ACCOUNTS[0].to_owned()))
            }
            Wish::Prove { name, action, values, by: who } => {
                let ttl_seconds = [30, 60, 300][name % 3];
                let name = NAMES[*name].to_owned();
                let there = now.proofs.get(&name).filter(|_| *action == Action::Delete).cloned();
                let (values, ttl_seconds) = there.unwrap_or((values.iter().map(|number| domain(*number)).collect(), ttl_seconds));
                (Op::Prove { name, action: *action, values, ttl_seconds }, by(*who, ACCOUNTS[0].to_owned()))
            }
        })
    }

    async fn grant(&mut self, wish: &Wish) -> Option<Done> {
        let (op, account) = self.meant(wish)?;
        let verdict = match &op {
            Op::Update { on, names, enabled, revision, .. } => self.update(&account, on, names, *enabled, *revision).await,
            Op::Move { name, to, revision, older_call } => self.move_it(&account, name, to, *revision, *older_call).await,
            Op::Lead { name, action, lead } => {
                let kind = if lead.is_alias { RrType::A } else { RrType::Cname };
                let set = ResourceRecordSet::builder().name(name).r#type(kind);
                let target = AliasTarget::builder().hosted_zone_id("Z2FDTNDATAQYW2").dns_name(&lead.to).evaluate_target_health(false);
                let value = ResourceRecord::builder().value(&lead.to).build().unwrap();
                let set = if lead.is_alias {
                    set.alias_target(target.build().unwrap())
                } else {
                    set.ttl(lead.ttl_seconds).resource_records(value)
                };
                self.change(&account, *action, set.build().unwrap()).await
            }
            Op::Prove { name, action, values, ttl_seconds } => {
                let proof = if name == "foo.com" { "_.foo.com".to_owned() } else { format!("_{name}") };
                let values = values.iter().map(|value| ResourceRecord::builder().value(format!("\"{value}\"")).build().unwrap()).collect();
                let set = ResourceRecordSet::builder().name(proof).r#type(RrType::Txt).ttl(*ttl_seconds).set_resource_records(Some(values));
                self.change(&account, *action, set.build().unwrap()).await
            }
        };
        let at = self.effect();
        let changes: Vec<Millis> =
            self.world.lock().zones[ZONE].changes.values().filter(|(made, _)| *made == at).map(|(_, sync)| *sync).collect();
        let after = self.look().await;
        self.seen.push(after.clone());
        Some(Done { at, account, op, in_sync: changes.first().copied().unwrap_or(at), verdict, after })
    }

    fn etag(&self, id: &str, revision: Option<u64>) -> Option<String> {
        revision.map(|revision| self.etags[id][usize::try_from(revision).unwrap()].clone())
    }

    async fn update(&self, account: &str, on: &str, names: &BTreeSet<String>, enabled: bool, revision: Option<u64>) -> Result<(), Refusal> {
        let given = self.script.world["distributions"].as_array().unwrap().iter().find(|side| side["id"] == on).unwrap();
        let owner = &self.accounts[given["account"].as_str().unwrap()].cloudfront;
        let read = owner.get_distribution_config().id(on).send().await.unwrap();
        let mut config = read.distribution_config().unwrap().clone();
        config.enabled = enabled;
        let items = names.iter().cloned().collect();
        config.aliases = Some(Aliases::builder().quantity(i32::try_from(names.len()).unwrap()).set_items(Some(items)).build().unwrap());
        let update = self.accounts[account].cloudfront.update_distribution().id(on).distribution_config(config);
        update.set_if_match(self.etag(on, revision)).send().await.map(|_| ()).map_err(|error| refusal(&error))
    }

    async fn move_it(&self, account: &str, name: &str, to: &str, revision: Option<u64>, older_call: bool) -> Result<(), Refusal> {
        let client = &self.accounts[account].cloudfront;
        if older_call {
            let sent = client.associate_alias().target_distribution_id(to).alias(name).send().await;
            return sent.map(|_| ()).map_err(|error| refusal(&error));
        }
        let target = DistributionResourceId::builder().distribution_id(to).build();
        let call = client.update_domain_association().domain(name).target_resource(target).set_if_match(self.etag(to, revision));
        call.send().await.map(|_| ()).map_err(|error| refusal(&error))
    }

    async fn change(&self, account: &str, action: Action, set: ResourceRecordSet) -> Result<(), Refusal> {
        let action = match action {
            Action::Create => ChangeAction::Create,
            Action::Upsert => ChangeAction::Upsert,
            Action::Delete => ChangeAction::Delete,
        };
        let change = Change::builder().action(action).resource_record_set(set).build().unwrap();
        let batch = ChangeBatch::builder().changes(change).build().unwrap();
        let call = self.accounts[account].route53.change_resource_record_sets().hosted_zone_id(ZONE).change_batch(batch);
        call.send().await.map(|_| ()).map_err(|error| refusal(&error))
    }
}
