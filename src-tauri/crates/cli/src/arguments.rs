//! The arguments, with examples and exit codes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXITS: &str = "\
Exit codes: 0 done; 1 an input failed or something is not sound (the others were done); 2 wrong arguments;
            3 the local model is not usable, what was printed is incomplete; 4 locked: no keychain and no passphrase.
Environment: CORDON_HOME       the folder of the records and the audit log
             CORDON_PASSPHRASE the passphrase, where there is no keychain
             CORDON_KEYCHAIN   `off` where the keychain is not to be used
             CORDON_MODELS     the folder of the models
             CORDON_PROXY      the address of a proxy for requests to providers and to the model hub
             CORDON_HUB        the address of the model hub, where it is not the usual one
             CORDON_HUB_TOKEN  a token for the model hub

Examples:
  cordon redact visit.pdf letter.docx --out shared/
  cordon detect note.txt --json
  cat notes.jsonl | cordon detect --jsonl --offsets bytes > found.jsonl
  cordon ask note.txt \"Which drugs does the patient take?\"
  cordon audit verify";

/// Finds what identifies people in records, on this machine; decides what may leave; proves it.
#[derive(Parser)]
#[command(name = "cordon", version, about, after_help = EXITS)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Replace what identifies people by placeholders
    Redact(Redact),
    /// Tell what identifies people, and where
    Detect(Detect),
    /// Tell what kind of record it is
    Classify(Classify),
    /// Ask a question about a record
    Ask(Ask),
    /// Measure how good the finders are on records whose identifiers are known
    Eval(Eval),
    /// Read, check or export the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Set up the cloud models that questions may go to
    #[command(subcommand)]
    Provider(Provider),
    /// Show the policy, or check one
    #[command(subcommand)]
    Policy(Policy),
    /// List, check, get or remove local models
    #[command(subcommand)]
    Models(Models),
    /// Check this installation
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Do the main job on a sample record, in a folder that is deleted afterwards
    #[command(hide = true)]
    Demo {
        /// A record of your own
        file: Option<PathBuf>,
    },
}

#[derive(Args)]
#[command(after_help = "Without FILE, or with `-`, the record is read from standard input and the result goes to standard output.\n\
Originals are never printed unless --include-vault is given.\n\nExamples:\n  cordon redact visit.pdf\n  cordon redact *.docx --out shared/\n  cordon redact visits/ --out shared/ --own-format --preset hipaa_safe_harbor\n  cordon redact inbox/ --out shared/ --watch 5\n  pbpaste | cordon redact --json")]
pub struct Redact {
    /// Records, or folders of records; `-` for standard input
    pub files: Vec<PathBuf>,
    /// Write each result into this folder; what is in it already is not done again
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The rule: all_placeholders, hipaa_safe_harbor, hipaa_limited_data_set, glba_pci or gdpr_pseudonymization
    #[arg(long, default_value = "all_placeholders")]
    pub preset: String,
    /// A table of operators instead: a preset, and what differs from it for some entity types (docs/operators.md)
    #[arg(long, value_name = "FILE", conflicts_with = "preset")]
    pub operators: Option<PathBuf>,
    /// Write each record in the format that it came in, not as text
    #[arg(long)]
    pub own_format: bool,
    #[command(flatten)]
    pub locked: Locked,
    /// Look for new records every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", requires = "out")]
    pub watch: Option<u64>,
    /// For programs: text, counts by type, decision; one line for each record
    #[arg(long)]
    pub json: bool,
    /// Add the originals behind the placeholders
    #[arg(long, requires = "json")]
    pub include_vault: bool,
}

#[derive(Args)]
pub struct Locked {
    /// A file of passwords that records may have, a line each; `-` for standard input. No argument holds one: others could see it
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Offsets {
    Chars,
    Bytes,
    Utf16,
}

#[derive(Args)]
#[command(after_help = "With --jsonl, standard input (or FILE) holds lines {\"id\",\"text\"}; each gives one line, in order:\n\
{\"id\",\"class\":{\"label\",\"domain\",\"confidence\"},\"detections\":[{\"start\",\"end\",\"label\",\"confidence\",\"source\"}]}\n\
A line that is not that gives {\"id\"|\"line\",\"error\":{\"code\",\"message\"}}, and the others go on.")]
pub struct Detect {
    /// Records, or folders of records; `-` for standard input
    pub files: Vec<PathBuf>,
    /// Lines in, lines out
    #[arg(long)]
    pub jsonl: bool,
    /// For programs: one line for each record
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub locked: Locked,
    /// What positions count
    #[arg(long, value_enum, default_value = "chars")]
    pub offsets: Offsets,
}

#[derive(Args)]
pub struct Classify {
    /// Records, or folders of records; `-` for standard input
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub locked: Locked,
    /// For programs: one line for each record
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(
    after_help = "The policy decides where the question goes. Where a person has to review the record first, or where no provider is set up,\n\
this machine answers with the passages that fit. The record is not kept."
)]
pub struct Ask {
    /// The record; `-` for standard input
    pub file: PathBuf,
    /// The question
    pub question: String,
    #[command(flatten)]
    pub locked: Locked,
    /// Never ask a provider
    #[arg(long)]
    pub local: bool,
    /// For programs
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Each line of the gold file: {\"text\", \"spans\": [{\"start\", \"end\", \"label\"}]}, positions in characters, labels as entity types;\n\
also \"class\", \"subgroup\": [names], and \"partial\": true where only some identifiers are labelled. An identifier is covered when all of\n\
its letters and digits are, by detections of any type. Intervals are Wilson's at 95 %.\n\nExample:\n  cordon eval --gold our-notes.jsonl"
)]
pub struct Eval {
    /// Records with their identifiers, a line each
    #[arg(long, value_name = "FILE.jsonl")]
    pub gold: PathBuf,
    /// For programs
    #[arg(long)]
    pub json: bool,
    /// Print identifiers that were left and words that were covered for nothing, at most this many; they are of the records
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub faults: usize,
}

#[derive(Subcommand)]
pub enum Audit {
    /// Print entries, newest last
    List(AuditList),
    /// Check the whole chain
    Verify {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Write all entries as JSON lines, for `audit-verify` and for archives
    Export {
        /// Where to; `-` for standard output
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub struct AuditList {
    /// At most this many, the newest
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Only those of this record
    #[arg(long)]
    pub record: Option<String>,
    /// For programs: one line for each entry
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Provider {
    /// List the providers
    List {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Add a provider and send questions to it; its key is read from standard input
    Add(ProviderAdd),
    /// Send questions to this provider
    Use {
        /// Its id
        id: String,
    },
    /// Send questions to no provider
    None,
    /// Delete a provider and its key
    Remove {
        /// Its id
        id: String,
    },
}

#[derive(Args)]
pub struct ProviderAdd {
    /// openai_responses, openai_chat, anthropic, gemini or compatible
    pub wire: String,
    /// The model, as the provider calls it
    pub model: String,
    /// What to call it here
    #[arg(long)]
    pub name: Option<String>,
    /// Its address, where it is not the usual one
    #[arg(long, default_value = "")]
    pub address: String,
    /// A business associate agreement, or its equal, with this provider is on file
    #[arg(long)]
    pub agreement: bool,
    /// It needs no key
    #[arg(long)]
    pub no_key: bool,
}

#[derive(Subcommand)]
pub enum Policy {
    /// Check a policy file without using it; without FILE, the one in force
    Check {
        /// A Cedar file
        file: Option<PathBuf>,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Print the policy in force, in words
    Show,
}

#[derive(Subcommand)]
pub enum Models {
    /// List the local models
    List {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Check every file of the local models
    #[command(visible_alias = "check")]
    Verify {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Get a model of the list from its hub; what broke off goes on where it stopped
    Pull {
        /// Its id
        id: String,
        #[command(flatten)]
        hub: HubArguments,
    },
    /// Delete the files of a model from a hub; its entry stays
    Remove {
        /// Its id
        id: String,
    },
    /// Write an entry for a model into the list, pinned to what the hub gives now
    Add(ModelAdd),
}

#[derive(Args)]
pub struct HubArguments {
    /// The address of the hub [default: https://huggingface.co]
    #[arg(long, value_name = "URL", env = "CORDON_HUB")]
    pub hub: Option<String>,
}

#[derive(Args)]
#[command(
    after_help = "The hub is trusted once, now: compare the sha256 values with another source before you pull. Then say in the entry what each label\n\
means (an entity type, or none), set `enabled = true`, and pull. CORDON_HUB_TOKEN may hold a token; it goes to the hub's address alone.\n\n\
Example:\n  cordon models add owner/name --revision 0123456789abcdef0123456789abcdef01234567"
)]
pub struct ModelAdd {
    /// The repository, owner/name
    pub repo: String,
    /// A commit; the name of a branch is read once and pinned as the commit behind it
    #[arg(long, default_value = "main")]
    pub revision: String,
    /// What to call it here; else the name of the repository
    #[arg(long)]
    pub id: Option<String>,
    #[command(flatten)]
    pub hub: HubArguments,
}
