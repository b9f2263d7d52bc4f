//! The import itself: two passes over the file, everything through the contexts' use cases.

use super::codes;
use super::columns::Columns;
use super::file::Input;
use super::invoices::{Assembly, Invoice, left};
use super::line::{self, LeftOut, SoldLine};
use super::reason::Reason;
use super::report::LeftOutFile;
use super::survey::Survey;
use super::tally::Tally;
use super::{Rules, SalesError};
use catalog::ImportedProduct;
use indicatif::ProgressBar;
use kernel::{ErrorKind, Fault, Name, ProductId, Sku};
use orders::{
    CreditOutcome, PastLine, PastOrder, PastReturn, PastReturnLine, TakenOver, import_history,
    import_returns, kept_returns, kept_sales,
};
use people::ImportedClient;
use platform::Host;
use std::collections::HashMap;
use std::time::Duration;

/// Invoices that are handed over at once.
const BATCH: usize = 250;
/// Products and clients that are handed over at once.
const BATCH_OF_NAMES: usize = 500;
/// How often something is tried when an open shop is in the way.
const ATTEMPTS: u32 = 12;

/// An import under way.
pub struct Takeover<'a> {
    pub host: &'a Host,
    pub input: &'a Input,
    pub rules: Rules,
    pub progress: ProgressBar,
    pub report: Option<LeftOutFile>,
    pub tally: Tally,
}

impl Takeover<'_> {
    /// Reads the file once, to know what there is in it.
    pub fn survey(&self) -> Result<Survey, SalesError> {
        self.progress.set_message("reading");
        let mut survey = Survey::default();
        self.each_line(|line| survey.note(&line))?;
        Ok(survey)
    }

    fn each_line(&self, mut see: impl FnMut(Result<SoldLine, LeftOut>)) -> Result<(), SalesError> {
        let mut lines = Lines::open(self.input, &self.progress)?;
        while let Some(line) = lines.next(&self.rules)? {
            see(line);
        }
        Ok(())
    }

    /// Makes or finds the products; answers their ids.
    pub async fn products(&self, survey: &Survey) -> Result<HashMap<Sku, ProductId>, SalesError> {
        self.progress.set_message("products");
        let mut skus: Vec<&Sku> = survey.products.keys().collect();
        skus.sort_unstable();
        let category = |sku: &Sku| codes::category(sku.as_str()).parse::<Name>();
        let mut ids = HashMap::with_capacity(skus.len());
        for batch in skus.chunks(BATCH_OF_NAMES) {
            let product = |sku: &&Sku| {
                let seen = &survey.products[*sku];
                let category = category(sku).map_err(|_| SalesError::FileChanged)?;
                Ok(ImportedProduct {
                    product_id: codes::product_id(sku.as_str()),
                    sku: (*sku).clone(),
                    name: seen.description.clone(),
                    price: seen.price,
                    category,
                    seen_at: seen.at,
                })
            };
            let products: Vec<_> = batch
                .iter()
                .map(product)
                .collect::<Result<_, SalesError>>()?;
            let upsert = async || catalog::upsert_products(self.host, products.clone()).await;
            let found = patiently(self.host, upsert).await?;
            ids.extend(batch.iter().map(|sku| (*sku).clone()).zip(found));
        }
        Ok(ids)
    }

    /// Makes the clients that are not there; answers how many those were.
    pub async fn clients(&self, survey: &Survey) -> Result<u64, SalesError> {
        self.progress.set_message("clients");
        let walk_in = survey.walk_in.then_some(None);
        let customers = survey
            .customers
            .iter()
            .map(|customer| Some(customer.as_str()));
        let everybody: Vec<Option<&str>> = customers.chain(walk_in).collect();
        let mut new = 0;
        for batch in everybody.chunks(BATCH_OF_NAMES) {
            let clients = || {
                let client = |customer: &Option<&str>| {
                    let (client_id, name) =
                        (codes::client_id(*customer), codes::client_name(*customer)?);
                    Some(ImportedClient { client_id, name })
                };
                batch.iter().filter_map(client).collect()
            };
            let import = async || people::import_clients(self.host, clients()).await;
            new += patiently(self.host, import).await?;
        }
        Ok(new)
    }

    /// Reads the file again and hands over its invoices; cancellations last, when everything they
    /// could refer to is there.
    pub async fn invoices(
        &mut self,
        expected: HashMap<String, u64>,
        products: &HashMap<Sku, ProductId>,
    ) -> Result<(), SalesError> {
        self.progress.set_message("sales");
        let mut assembly = Assembly::new(expected);
        let (mut sales, mut credits) = (Vec::with_capacity(BATCH), Vec::new());
        let mut lines = Lines::open(self.input, &self.progress)?;
        while let Some(line) = lines.next(&self.rules)? {
            let whole = match line {
                Ok(line) => assembly.add(line),
                Err(left_out) => {
                    self.leave_out(&left_out)?;
                    None
                }
            };
            let Some(invoice) = whole else { continue };
            match self.complete(invoice)? {
                Some(invoice) if invoice.is_credit => credits.push(invoice),
                Some(invoice) => sales.push(invoice),
                None => {}
            }
            if sales.len() == BATCH {
                self.sales(std::mem::take(&mut sales), products).await?;
            }
        }
        self.sales(sales, products).await?;
        self.progress.set_message("returns");
        credits.sort_by_key(|credit| credit.at);
        let mut credits = credits.into_iter().peekable();
        while credits.peek().is_some() {
            self.returns(credits.by_ref().take(BATCH).collect()).await?;
        }
        if assembly.is_done() {
            Ok(())
        } else {
            Err(SalesError::FileChanged)
        }
    }

    fn complete(&mut self, lines: Vec<SoldLine>) -> Result<Option<Invoice>, SalesError> {
        let (invoice, left_out) = Invoice::of(lines);
        for line in &left_out {
            self.leave_out(line)?;
        }
        Ok(invoice)
    }

    fn leave_out(&mut self, line: &LeftOut) -> Result<(), SalesError> {
        self.tally.leave_out(line);
        match &mut self.report {
            Some(report) => report.write(line).map_err(SalesError::Report),
            None => Ok(()),
        }
    }

    async fn sales(
        &mut self,
        invoices: Vec<Invoice>,
        products: &HashMap<Sku, ProductId>,
    ) -> Result<(), SalesError> {
        let sales = invoices.iter().map(|invoice| past_order(invoice, products));
        let sales: Vec<PastOrder> = sales.collect::<Result<_, _>>()?;
        let outcomes = import_history(self.host, sales).await?;
        let mut references = Vec::with_capacity(invoices.len());
        for (invoice, outcome) in invoices.into_iter().zip(outcomes) {
            let count = match outcome {
                TakenOver::New => &mut self.tally.sales.new,
                TakenOver::Known => &mut self.tally.sales.known,
                TakenOver::Differs => {
                    self.refuse(invoice)?;
                    continue;
                }
            };
            count.documents += 1;
            invoice
                .lines
                .iter()
                .for_each(|line| count.add(1, line.amount));
            references.push(invoice.number);
        }
        self.tally
            .sales
            .keep(kept_sales(self.host, references).await?);
        Ok(())
    }

    /// The shop has something else under this number: none of the invoice is taken.
    fn refuse(&mut self, invoice: Invoice) -> Result<(), SalesError> {
        for line in invoice.lines {
            self.leave_out(&left(line, Reason::InvoiceDiffers))?;
        }
        Ok(())
    }

    async fn returns(&mut self, invoices: Vec<Invoice>) -> Result<(), SalesError> {
        let credits: Vec<PastReturn> = invoices.iter().map(past_return).collect();
        let mut of_clients = Vec::with_capacity(credits.len());
        of_clients.extend(
            credits
                .iter()
                .map(|one| (one.client_id, one.reference.clone())),
        );
        let outcomes = import_returns(self.host, credits).await?;
        for (invoice, outcomes) in invoices.into_iter().zip(outcomes) {
            self.note_return(invoice, &outcomes)?;
        }
        self.tally
            .returns
            .keep(kept_returns(self.host, &of_clients).await?);
        Ok(())
    }

    fn note_return(
        &mut self,
        invoice: Invoice,
        outcomes: &[CreditOutcome],
    ) -> Result<(), SalesError> {
        let has = |wanted| u64::from(outcomes.contains(&wanted));
        let booked = has(CreditOutcome::Booked);
        self.tally.returns.new.documents += booked;
        self.tally.returns.known.documents += has(CreditOutcome::Known) * (1 - booked);
        for (line, outcome) in invoice.lines.into_iter().zip(outcomes) {
            match outcome {
                CreditOutcome::Booked => self.tally.returns.new.add(1, line.amount),
                CreditOutcome::Known => self.tally.returns.known.add(1, line.amount),
                CreditOutcome::Unmatched(why) => self.leave_out(&left(line, (*why).into()))?,
            }
        }
        Ok(())
    }
}

/// The usable and unusable lines of a file, one by one.
struct Lines {
    records: super::file::Records,
    columns: Columns,
    record: csv::ByteRecord,
}

impl Lines {
    fn open(input: &Input, progress: &ProgressBar) -> Result<Self, SalesError> {
        let records = input.open(progress)?;
        let columns = Columns::find(records.header())?;
        Ok(Self {
            records,
            columns,
            record: csv::ByteRecord::new(),
        })
    }

    fn next(&mut self, rules: &Rules) -> Result<Option<Result<SoldLine, LeftOut>>, SalesError> {
        let number = self.records.next(&mut self.record)?;
        Ok(number.map(|number| line::read(number, &self.record, &self.columns, rules)))
    }
}

fn past_order(
    invoice: &Invoice,
    products: &HashMap<Sku, ProductId>,
) -> Result<PastOrder, SalesError> {
    let line = |line: &SoldLine| {
        // The survey saw every code, unless somebody wrote to the file since.
        let product_id = products.get(&line.code).ok_or(SalesError::FileChanged)?;
        Ok(PastLine {
            product_id: *product_id,
            sku: line.code.to_string(),
            name: line.description.to_string(),
            quantity: line.quantity,
            unit_price: line.unit_price,
        })
    };
    Ok(PastOrder {
        reference: invoice.number.clone(),
        client_id: codes::client_id(invoice.customer.as_deref()),
        placed_at: invoice.at,
        country: invoice.country.clone(),
        lines: invoice
            .lines
            .iter()
            .map(line)
            .collect::<Result<_, SalesError>>()?,
    })
}

fn past_return(invoice: &Invoice) -> PastReturn {
    let line = |line: &SoldLine| PastReturnLine {
        sku: line.code.to_string(),
        quantity: line.quantity,
        unit_price: line.unit_price,
    };
    PastReturn {
        reference: invoice.number.clone(),
        client_id: codes::client_id(invoice.customer.as_deref()),
        returned_at: invoice.at,
        lines: invoice.lines.iter().map(line).collect(),
    }
}

/// Tries again while an open shop, or another import, is in the way.
async fn patiently<T, E: Fault>(host: &Host, work: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
    let mut attempts = 1;
    loop {
        match work().await {
            Err(error) if attempts < ATTEMPTS && may_pass(&error) => {
                let jitter = u64::from(host.source.random::<1>()[0]);
                tokio::time::sleep(Duration::from_millis(jitter * u64::from(attempts))).await;
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

fn may_pass(error: &impl Fault) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::Conflict
    )
}
