//! A question about a record or a case: the policy decides, the prompt is made, logged, sent; the answer is restored here.

use audit::Action;
use deid::{Plan, PrepareError, RecognizeError};
use egress::{CancellationToken, SendError};

use crate::cases::{self, Folder, parse_case};
use crate::error::{Error, ErrorCode, Result};
use crate::operators::Scope;
use crate::passages;
use crate::session::{Cordon, Session, label, parse_id, store_problem};
use crate::view::{AnswerPart, AskEvent, Exchange, ExchangeStatus, Lane, Passage, Tier};

/// Questions longer than this are refused, bytes.
const LONGEST_QUESTION: usize = 8 << 10;

/// Where the caller hears what happens.
pub type Tell<'t> = &'t mut (dyn FnMut(AskEvent) + Send);

impl Cordon {
    /// Answers a question about a record, by the tier that the policy allows.
    pub async fn ask(&self, id: &str, question: &str, tell: Tell<'_>) -> Result<Exchange> {
        let question = worded(question)?;
        let session = self.session().await?;
        let cancel = self.begin_ask(id)?;
        let answered = match self.folder(&session, id).await {
            Ok(folder) => self.answer(&session, &folder, question, tell, &cancel).await,
            Err(error) => Err(error),
        };
        self.end_ask(id);
        answered
    }

    /// Answers a question about all records of a case, by the tier that the policy allows for every one of them.
    pub async fn ask_case(&self, id: &str, question: &str, tell: Tell<'_>) -> Result<Exchange> {
        let question = worded(question)?;
        let session = self.session().await?;
        let case = parse_case(id)?;
        let cancel = self.begin_ask(id)?;
        let answered = match self.case_folder(&session, case).await {
            Ok(folder) => self.answer(&session, &folder, question, tell, &cancel).await,
            Err(error) => Err(error),
        };
        self.end_ask(id);
        answered
    }

    async fn answer(
        &self,
        session: &Session,
        folder: &Folder,
        question: &str,
        tell: Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<Exchange> {
        let decision = self.decide_all(folder.meant(), session.selected_facts().await?).ok_or_else(cases::empty)?;
        let (ids, words) = (folder.ids(), Words::of(folder));
        let provider = session.selected_provider().await?;
        session.log_each(&ids, &decided(&decision)?).await?;
        let mut exchange = Exchange {
            id: uuid::Uuid::now_v7().to_string(),
            asked_at: crate::session::now(),
            question: question.to_owned(),
            tier: Tier::Local,
            provider: None,
            status: ExchangeStatus::NoAnswer,
            why: String::new(),
            answer: Vec::new(),
            passages: Vec::new(),
            confidence: None,
            problem: None,
            sent: None,
        };
        // The cloud's answer with its placeholders, as it is kept.
        let mut answer = String::new();
        match (crate::engine::lane(decision.lane), provider) {
            (Lane::Refuse, _) => {
                (exchange.tier, exchange.why) =
                    (Tier::None, format!("The policy refuses {}. {}", words.this, crate::engine::reason(&decision)));
                exchange.status = ExchangeStatus::Failed;
                exchange.problem = Some(Error::new(ErrorCode::NotAllowed, crate::engine::reason(&decision), "ask your administrator"));
            }
            (Lane::Cloud, Some(provider)) if !ids.iter().any(|id| self.is_kept_local(id)) => {
                exchange.tier = Tier::Cloud;
                exchange.provider = Some(provider.name.clone());
                exchange.why = format!("The policy permits the de-identified prompt to go to {}.", provider.name);
                tell(AskEvent::Routed { tier: Tier::Cloud, why: exchange.why.clone() });
                answer = self.in_the_cloud(session, folder, provider, &mut exchange, tell, cancel).await?;
                if exchange.status != ExchangeStatus::Complete {
                    // What came is kept and marked; this machine's answer stands beside it.
                    self.on_this_machine(folder, &mut exchange).await?;
                }
            }
            (lane, provider) => {
                exchange.why = match (lane, provider) {
                    (_, None) => "No provider is set up, so this machine answered.".into(),
                    (Lane::Review, _) => {
                        format!("A person has to approve {} before it may be sent, so this machine answered.", words.every)
                    }
                    (Lane::Cloud, Some(_)) => "You asked for this machine, so it answered.".into(),
                    _ => format!("This machine answered. {}", crate::engine::reason(&decision)),
                };
                tell(AskEvent::Routed { tier: Tier::Local, why: exchange.why.clone() });
                self.on_this_machine(folder, &mut exchange).await?;
                exchange.status = if exchange.passages.is_empty() { ExchangeStatus::NoAnswer } else { ExchangeStatus::Complete };
            }
        }
        session.log_each(&ids, &answered(&exchange)?).await?;
        session.keep_exchange(folder.asked_case(), &ids, &exchange, &answer).await?;
        tell(AskEvent::Done { exchange: Box::new(exchange.clone()) });
        Ok(exchange)
    }

    /// The passages that fit, with their confidence; none where nothing fits well enough.
    async fn on_this_machine(&self, folder: &Folder, exchange: &mut Exchange) -> Result<()> {
        let (pipeline, for_work, question) = (self.engine().pipeline.clone(), folder.clone(), exchange.question.clone());
        let ranked = tokio::task::spawn_blocking(move || {
            let texts: Vec<&str> = for_work.meant().iter().map(|open| open.text.expose().as_str()).collect();
            passages::rank(pipeline.encoder()?.as_ref(), &texts, &question)
        });
        match ranked.await.map_err(crate::engine::stopped)? {
            Ok(ranked) => {
                exchange.confidence = ranked.first().map(|r| r.score);
                let passage = |r: &passages::Ranked| {
                    let open = folder.meant().get(r.record)?;
                    let mut positions = deid::Positions::new(open.text.expose(), deid::Unit::Utf16);
                    Some(Passage {
                        record: open.id.clone(),
                        start: positions.of_byte(r.span.start) as u32,
                        end: positions.of_byte(r.span.end) as u32,
                        text: r.span.of(open.text.expose()).to_owned(),
                        score: r.score,
                    })
                };
                exchange.passages = ranked.iter().filter_map(passage).collect();
            }
            Err(error) if exchange.problem.is_none() => exchange.problem = Some(model_problem(&error)),
            Err(_) => {}
        }
        Ok(())
    }

    async fn in_the_cloud(
        &self,
        session: &Session,
        folder: &Folder,
        provider: egress::Provider,
        exchange: &mut Exchange,
        tell: Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<String> {
        let ids = folder.ids();
        // The dates that were decided on, whatever is chosen meanwhile.
        let operators = folder.meant().first().map(|open| open.dates.operators()).unwrap_or_default();
        let (seed, scope) = (session.seed(folder).await?, session.scope().await?);
        let (pipeline, for_work, question) = (self.engine().pipeline.clone(), folder.clone(), exchange.question.clone());
        let made = tokio::task::spawn_blocking(move || {
            let needed = match scope {
                Scope::Whole => None,
                Scope::Fitting => Some(for_work.needed(pipeline.encoder().map_err(|e| model_problem(&e))?.as_ref(), &question)?),
            };
            let plan = Plan { needed: needed.as_deref(), ..crate::export::plan(operators, Some(&seed)) };
            let made = for_work.reviewed(|records| pipeline.prepare_case(records, for_work.about.clone(), &question, &plan));
            made.map_err(|error| prepare_problem(&error))
        });
        let (prompt, vault) = match made.await.map_err(crate::engine::stopped)? {
            Ok(made) => made,
            Err(problem) => return self.not_sent(session, &ids, exchange, problem).await,
        };
        let shown = prompt.content().to_owned();
        let outbound = match self.client().prepare(&provider, prompt) {
            Ok(outbound) => outbound,
            Err(error) => return self.not_sent(session, &ids, exchange, send_problem(&error)).await,
        };
        // The way back is kept before anything leaves: an answer that cannot be restored is not asked for.
        let over = ids.iter().map(|id| parse_id(id)).collect::<Result<Vec<_>>>()?;
        session.store.keep_vault(parse_id(&exchange.id)?, &over, &vault).await.map_err(store_problem)?;
        let intent = Action::DisclosureIntent {
            provider: label(&provider.id)?,
            wire: label(provider.wire.name())?,
            model: label(&provider.model)?,
            bytes: outbound.bytes().len() as u64,
            digest: audit::Digest::from(outbound.digest()),
        };
        // Logged before the first byte leaves, once for every record in it; without the receipt nothing compiles, without the
        // entries nothing is sent.
        let (last, before) = ids.split_last().ok_or_else(cases::empty)?;
        session.log_each(before, &intent).await?;
        let receipt = session.announce(Some(last), intent).await?;
        exchange.sent = Some(shown);
        let mut received = Received { restorer: vault.restorer(), raw: String::new(), parts: Vec::new(), tell };
        let sent = self.client().send(outbound, receipt, &mut |piece| received.take(piece), cancel).await;
        let (raw, parts) = received.finish();
        exchange.answer = parts;
        let (status, bytes) = match &sent {
            Ok(answer) => (ExchangeStatus::Complete, answer.text.len()),
            Err(failure) if failure.error == SendError::Cancelled => (ExchangeStatus::Cancelled, failure.partial.len()),
            Err(failure) if failure.partial.is_empty() => (ExchangeStatus::Failed, 0),
            Err(failure) => (ExchangeStatus::Partial, failure.partial.len()),
        };
        exchange.status = status;
        exchange.problem = sent.as_ref().err().map(|failure| send_problem(&failure.error));
        let restored = exchange.answer.iter().filter(|p| p.restored.is_some()).count() as u64;
        let outcome = sent.as_ref().err().map_or("complete", |failure| failure.error.code());
        session.log_each(&ids, &Action::DisclosureOutcome { status: label(outcome)?, bytes: bytes as u64 }).await?;
        session.log_each(&ids, &Action::Restored { count: restored }).await?;
        Ok(raw)
    }

    /// Something stood in the way before a byte left: it is logged, and the local tier answers.
    async fn not_sent(&self, session: &Session, ids: &[String], exchange: &mut Exchange, problem: Error) -> Result<String> {
        session.log_each(ids, &Action::Blocked { code: label(problem.code.name())? }).await?;
        exchange.status = ExchangeStatus::Failed;
        exchange.why = format!("Nothing was sent: {}", problem.message);
        exchange.problem = Some(problem);
        Ok(String::new())
    }
}

/// How the records are called in a sentence.
struct Words {
    this: &'static str,
    every: &'static str,
}

impl Words {
    fn of(folder: &Folder) -> Words {
        match folder.asked_case() {
            Some(_) => Words { this: "this case", every: "every record of the case that needs it" },
            None => Words { this: "this record", every: "the record" },
        }
    }
}

fn worded(question: &str) -> Result<&str> {
    let question = question.trim();
    if question.is_empty() {
        return Err(Error::invalid("the question is empty"));
    }
    if question.len() > LONGEST_QUESTION {
        return Err(Error::invalid("the question is longer than 8 KiB"));
    }
    Ok(question)
}

/// An answer as it streams in: cleaned while the placeholders are still in it, then restored.
struct Received<'v, 't> {
    restorer: deid::Restorer<'v>,
    raw: String,
    parts: Vec<AnswerPart>,
    tell: Tell<'t>,
}

impl Received<'_, '_> {
    fn take(&mut self, piece: &str) {
        let piece = harmless(piece);
        self.raw.push_str(&piece);
        let parts = self.restorer.push(&piece);
        add(&mut self.parts, self.tell, parts);
    }

    /// The answer with its placeholders, and restored.
    fn finish(self) -> (String, Vec<AnswerPart>) {
        let Received { restorer, raw, mut parts, tell } = self;
        add(&mut parts, tell, restorer.finish());
        let mut joined: Vec<AnswerPart> = Vec::new();
        for part in parts {
            match joined.last_mut() {
                Some(last) if last.restored.is_none() && part.restored.is_none() => last.text.push_str(&part.text),
                _ => joined.push(part),
            }
        }
        (raw, joined)
    }
}

fn add(all: &mut Vec<AnswerPart>, tell: Tell<'_>, parts: Vec<deid::Part>) {
    if !parts.is_empty() {
        let parts = crate::exchanges::answer_parts(parts);
        tell(AskEvent::Parts { parts: parts.clone() });
        all.extend(parts);
    }
}

/// An answer without characters that do not show or that turn the writing direction (security.md T-33 and following). Links,
/// images and HTML need no taking out: the window shows the answer as text and nothing else.
fn harmless(piece: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{e0000}'..='\u{e007f}')
    };
    piece.chars().filter(|c| !hidden(*c)).collect()
}

/// The decision as the log takes it.
pub(crate) fn decided(decision: &policy::Decision) -> Result<Action> {
    let rules = decision.rules.iter().map(|r| label(&r.id)).collect::<Result<_>>()?;
    Ok(Action::Decided { lane: label(decision.lane.name())?, rules, policy: label(&decision.policy_version)? })
}

fn answered(exchange: &Exchange) -> Result<Action> {
    let tier = match exchange.tier {
        Tier::Cloud => audit::Tier::Cloud,
        Tier::Local => audit::Tier::Local,
        Tier::None => audit::Tier::None,
    };
    Ok(Action::Answered { tier, confidence_ppm: exchange.confidence.map(|c| (c.clamp(0.0, 1.0) * 1e6) as u32) })
}

pub(crate) fn prepare_problem(error: &PrepareError) -> Error {
    match error {
        PrepareError::Recognize(error) => model_problem(error),
        other => Error::new(ErrorCode::NotAllowed, other.to_string(), "look for it in the record, mark it, and ask again"),
    }
}

pub(crate) fn model_problem(error: &RecognizeError) -> Error {
    Error::new(ErrorCode::Model, error.to_string(), "")
}

pub(crate) fn send_problem(error: &SendError) -> Error {
    let code = match error {
        SendError::Cancelled => ErrorCode::Cancelled,
        SendError::Leak(_) => ErrorCode::NotAllowed,
        _ => ErrorCode::Provider,
    };
    Error::new(code, error.to_string(), "")
}
