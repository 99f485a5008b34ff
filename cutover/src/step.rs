//! The closed list of steps, each name in its three spellings. Must not know what a step does.

use serde::{Deserialize, Serialize};

/// One of our handlers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Observes everything the plan depends on and makes the plan. Never writes.
    Preflight,
    /// Takes over the claim of a cutover whose execution has ended without giving it back, and goes on from its document.
    RecoverCutover,
    /// Claims everything that the plan touches, and makes the plan again.
    ClaimAliases,
    /// Adds aliases to, or removes them from, one distribution.
    UpdateDistribution,
    /// Detaches aliases from one distribution and attaches them to another, in one call.
    SwapAliases,
    /// Has AWS move aliases from one distribution to another, in a call for each.
    UpdateDomainAssociation,
    /// Points record sets at another distribution, or back; stages and removes TXT proofs.
    ChangeRecordSets,
    /// Asks others for what Cutover cannot do itself: DNS that is not ours, AWS Support, another service of AWS.
    AskOthers,
    /// Looks whether the last edit has settled.
    CheckSettled,
    /// Asks as a viewer and decides whether the name is served by whom it should.
    Verify,
    /// Decides what a write by somebody else means for the cutover: go on, turn round, or ask for a person.
    WeighForeignWrites,
    /// Turns the cutover round.
    RollBack,
    /// Looks where every alias is and writes the outcome.
    Conclude,
}

impl Step {
    /// Every step, in the order of a cutover.
    pub const ALL: [Step; 13] = [
        Step::Preflight,
        Step::RecoverCutover,
        Step::ClaimAliases,
        Step::UpdateDistribution,
        Step::SwapAliases,
        Step::UpdateDomainAssociation,
        Step::ChangeRecordSets,
        Step::AskOthers,
        Step::CheckSettled,
        Step::Verify,
        Step::WeighForeignWrites,
        Step::RollBack,
        Step::Conclude,
    ];

    /// `verb_object`: the handler's module.
    pub fn snake_name(self) -> &'static str {
        match self {
            Step::Preflight => "preflight",
            Step::RecoverCutover => "recover_cutover",
            Step::ClaimAliases => "claim_aliases",
            Step::UpdateDistribution => "update_distribution",
            Step::SwapAliases => "swap_aliases",
            Step::UpdateDomainAssociation => "update_domain_association",
            Step::ChangeRecordSets => "change_record_sets",
            Step::AskOthers => "ask_others",
            Step::CheckSettled => "check_settled",
            Step::Verify => "verify",
            Step::WeighForeignWrites => "weigh_foreign_writes",
            Step::RollBack => "roll_back",
            Step::Conclude => "conclude",
        }
    }

    /// `VerbObject`: the state in the definition. The function's logical id adds `Function`.
    pub fn state_name(self) -> &'static str {
        match self {
            Step::Preflight => "Preflight",
            Step::RecoverCutover => "RecoverCutover",
            Step::ClaimAliases => "ClaimAliases",
            Step::UpdateDistribution => "UpdateDistribution",
            Step::SwapAliases => "SwapAliases",
            Step::UpdateDomainAssociation => "UpdateDomainAssociation",
            Step::ChangeRecordSets => "ChangeRecordSets",
            Step::AskOthers => "AskOthers",
            Step::CheckSettled => "CheckSettled",
            Step::Verify => "Verify",
            Step::WeighForeignWrites => "WeighForeignWrites",
            Step::RollBack => "RollBack",
            Step::Conclude => "Conclude",
        }
    }

    /// The step whose [`snake_name`](Self::snake_name) is `name`.
    pub fn from_snake_name(name: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.snake_name() == name)
    }
}

/// One of our handlers that has no cutover's document: those of the inventory, which has a definition of its own, and the
/// sentinel, which the bus calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Errand {
    /// Looks at every distribution and tenant of one account, and writes into the registry what differs.
    ScanAccount,
    /// Says of one account what can be said once all were looked at: aliases that vanished, record sets that lead to nobody.
    SettleAccount,
    /// Adds up.
    ConcludeInventory,
    /// Hears of a write to a distribution or hosted zone, and tells whoever has claimed what it touches.
    WatchWrites,
}

impl Errand {
    /// Every errand.
    pub const ALL: [Errand; 4] = [Errand::ScanAccount, Errand::SettleAccount, Errand::ConcludeInventory, Errand::WatchWrites];

    /// Those of the inventory's definition, in its order.
    pub const OF_INVENTORY: [Errand; 3] = [Errand::ScanAccount, Errand::SettleAccount, Errand::ConcludeInventory];

    /// `verb_object`: the handler's module.
    pub fn snake_name(self) -> &'static str {
        match self {
            Errand::ScanAccount => "scan_account",
            Errand::SettleAccount => "settle_account",
            Errand::ConcludeInventory => "conclude_inventory",
            Errand::WatchWrites => "watch_writes",
        }
    }

    /// `VerbObject`: the state in the definition. The function's logical id adds `Function`.
    pub fn state_name(self) -> &'static str {
        match self {
            Errand::ScanAccount => "ScanAccount",
            Errand::SettleAccount => "SettleAccount",
            Errand::ConcludeInventory => "ConcludeInventory",
            Errand::WatchWrites => "WatchWrites",
        }
    }

    /// The errand whose [`snake_name`](Self::snake_name) is `name`.
    pub fn from_snake_name(name: &str) -> Option<Errand> {
        Errand::ALL.into_iter().find(|errand| errand.snake_name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Errand, Step};

    fn joined(snake_name: &str) -> String {
        let word = |word: &str| word.chars().next().map(|c| c.to_ascii_uppercase()).into_iter().collect::<String>() + &word[1..];
        snake_name.split('_').map(word).collect()
    }

    #[test]
    fn the_spellings_of_an_errand_are_one_name() {
        for errand in Errand::ALL {
            assert_eq!(joined(errand.snake_name()), errand.state_name());
            assert_eq!(Errand::from_snake_name(errand.snake_name()), Some(errand));
        }
    }

    #[test]
    fn the_spellings_of_a_step_are_one_name() {
        for step in Step::ALL {
            assert_eq!(joined(step.snake_name()), step.state_name());
            assert_eq!(Step::from_snake_name(step.snake_name()), Some(step));
        }
    }

    #[test]
    fn a_name_of_neither_is_neither() {
        for name in ["", "Preflight", "roll-back", "preflight "] {
            assert_eq!((Step::from_snake_name(name), Errand::from_snake_name(name)), (None, None), "{name}");
        }
        assert_eq!(Step::from_snake_name("scan_account"), None, "an errand is no step of a cutover");
        assert_eq!(Errand::from_snake_name("roll_back"), None, "and a step no errand");
    }
}
