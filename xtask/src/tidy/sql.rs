//! Enough of SQL to judge it: does a text look like a statement, which statements does a file
//! hold, which words name tables.

/// Whether a string literal is a statement, and not a sentence for people.
pub fn is_sql(text: &str) -> bool {
    let text = format!("{} ", words(text).join(" "));
    let starts = |beginnings: &[&str]| beginnings.iter().any(|start| text.starts_with(start));
    let has = |part: &str| text.contains(part);
    starts(&[
        "insert into ",
        "insert or ",
        "delete from ",
        "create table ",
        "create index ",
    ]) || starts(&[
        "alter table ",
        "drop table ",
        "create trigger ",
        "create unique index ",
    ]) || (starts(&["select "]) && has(" from "))
        || (starts(&["update "]) && has(" set "))
        || (starts(&["with "]) && has(" as ("))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// The identifiers of a text with the number of line breaks before each; comments do not count.
pub fn names_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(line, text)| {
        let code = text.split("--").next().unwrap_or_default();
        let parts = code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        parts
            .filter(|part| !part.is_empty())
            .map(move |part| (line, part))
    })
}

/// A statement of a migration: its first line in the file, and its text without comments.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    pub line: usize,
    pub text: String,
}

/// Splits a file at the semicolons that end statements: not those in strings, comments, function
/// bodies (`$$ … $$`) or trigger bodies (`begin … end`).
pub fn statements(file: &str) -> Vec<Statement> {
    let mut reader = Reader::default();
    for (number, line) in file.lines().enumerate() {
        reader.read(number + 1, line);
    }
    reader.end(0);
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Vec<Statement>,
    line: usize,
    text: String,
    in_string: bool,
    in_body: bool,
}

impl Reader {
    fn read(&mut self, number: usize, line: &str) {
        for (at, c) in line.char_indices() {
            let rest = &line[at..];
            if rest.starts_with("--") && !self.in_string {
                break;
            }
            self.in_body ^= rest.starts_with("$$");
            self.in_string ^= c == '\'' && !self.in_body;
            if c == ';' && !self.in_string && !self.in_body && !is_open_trigger(&self.text) {
                self.end(number);
                continue;
            }
            if self.text.trim().is_empty() {
                self.line = number;
            }
            self.text.push(c);
        }
        self.text.push('\n');
    }

    fn end(&mut self, next_line: usize) {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.found.push(Statement {
                line: self.line,
                text,
            });
        }
        self.line = next_line;
    }
}

/// SQLite's triggers hold statements between `begin` and `end`.
fn is_open_trigger(text: &str) -> bool {
    let words = words(text);
    let trigger = words.first().is_some_and(|word| word == "create")
        && words.iter().take(3).any(|word| word == "trigger");
    trigger && words.iter().any(|word| word == "begin") && words.last().is_none_or(|w| w != "end")
}

/// Splits at the commas outside of brackets and strings.
pub fn parts(list: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0, false);
    let mut found = vec![String::new()];
    for c in list.chars() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_from_sentences() {
        for sql in [
            "select id from orders_order",
            "\n  INSERT INTO t (a) values (1)",
            "update t\n set a = 1",
            "with t as (select 1) select 2",
        ] {
            assert!(is_sql(sql), "{sql}");
        }
        for sentence in [
            "select",
            "update the price",
            "with care",
            "select one of these",
        ] {
            assert!(!is_sql(sentence), "{sentence}");
        }
    }

    #[test]
    fn a_file_is_split_into_statements() {
        let file = "-- one; two\ncreate table a (b text default ';');\n\
                    create function f() as $$ begin x; end $$;\n\
                    create trigger t after insert on a begin\n  update a set b = 1;\nend;\n";
        let found = statements(file);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found.iter().map(|s| s.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn lists_are_split_outside_of_brackets() {
        let found = parts("a uuid, check (b in ('x', 'y')), c text");
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn names_keep_their_lines() {
        let found: Vec<_> = names_in("select a_b -- c_d\nfrom e_f").collect();
        assert_eq!(found, [(0, "select"), (0, "a_b"), (1, "from"), (1, "e_f")]);
    }
}
