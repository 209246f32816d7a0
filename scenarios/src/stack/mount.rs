//! Mounts: `data:/var/lib/x`, `./x:/y:ro`, `/anonymous`, or a mapping.

use super::fields::Field;
use super::model::Mount;
use super::reader::{Kind, Reader};
use super::tree::Value;
use super::words::MountKind;
use crate::trouble::Trouble;

/// What a service mounts.
pub(super) fn mounts(reader: &mut Reader, field: &Field<'_>) -> Result<Vec<Mount>, Trouble> {
    let mut mounts: Vec<Mount> = Vec::new();
    for item in field.list()? {
        let mount = match &item.node.value {
            Value::Text(text) => short(text).map_err(|why| {
                item.trouble(format_args!("{} is no volume: {why}", item.node.value))
                    .help("write \"name:/path\", \"/path/on/node:/path\" or \"name:/path:ro\"")
            })?,
            Value::Map(_) if reader.minor >= 2 => long(reader, &item)?,
            Value::Map(_) => {
                return Err(item
                    .unlike("a text such as \"name:/path\"")
                    .help("mappings came with version 3.2"));
            }
            _ => return Err(item.unlike("a text such as \"name:/path\" or a mapping")),
        };
        check(reader, &item, &mount, &mounts)?;
        mounts.push(mount);
    }
    Ok(mounts)
}

fn check(reader: &mut Reader, item: &Field<'_>, mount: &Mount, earlier: &[Mount]) -> Result<(), Trouble> {
    if mount.kind == MountKind::Bind && mount.source.is_none() {
        return Err(item.trouble("'source' is missing: the path on the node that is mounted"));
    }
    if earlier.iter().any(|other| other.target == mount.target) {
        reader.refuse(item.trouble(format_args!("something is mounted at {} already", mount.target)));
    }
    match (&mount.kind, &mount.source) {
        (MountKind::Volume, Some(name)) => reader.refer(item, Kind::Volume, name),
        (MountKind::Tmpfs, Some(_)) => {
            reader.refuse(item.trouble("memory (tmpfs) has no source; leave it out"))
        }
        _ => {}
    }
    Ok(())
}

fn long(reader: &mut Reader, item: &Field<'_>) -> Result<Mount, Trouble> {
    let mut fields = reader.fields(item)?;
    let kind = fields.take("type")?.map(|field| reader.word(&field)).transpose()?;
    let Some(kind) = kind else {
        return Err(item.trouble(format_args!("'type' is missing: {}", MountKind::WORDS.join(", "))));
    };
    let kind = kind.unwrap_or(MountKind::Volume);
    let source = fields.read("source", Field::filled_text)?.flatten();
    let target = fields.read("target", Field::filled_text)?.flatten();
    let read_only = fields.read("read_only", Field::flag)?.unwrap_or(false);
    reader.take_ignored(&mut fields, "consistency", Field::text)?;
    for options in ["bind", "volume", "tmpfs"] {
        let Some(field) = fields.take(options)? else { continue };
        field.named()?;
        reader.ignore(&field);
        if options != kind.as_str() {
            reader.refuse(field.trouble(format_args!("options for {options} do not go with type: {kind}")));
        }
    }
    fields.finish()?;
    let target = target.ok_or_else(|| item.trouble("'target' is missing: the path in the container"))?;
    Ok(Mount { kind, source, target, read_only })
}

/// The short form (docker/cli, cli/compose/loader/volume.go). A single letter before a colon is a Windows drive.
fn short(text: &str) -> Result<Mount, &'static str> {
    let mount =
        |kind, source, target: &str| Mount { kind, source, target: target.to_owned(), read_only: false };
    match text.len() {
        0 => return Err("it is empty"),
        1 | 2 => return Ok(mount(MountKind::Volume, None, text)),
        _ => {}
    }
    match parts(text)?.as_slice() {
        [target] => Ok(mount(MountKind::Volume, None, target)),
        [source, target, options @ ..] if options.len() <= 1 => {
            let kind = if is_path(source) { MountKind::Bind } else { MountKind::Volume };
            // The last word counts; what is neither of the two is no matter here.
            let mut words = options.iter().flat_map(|options| options.rsplit(','));
            let read_only = words.find(|word| ["ro", "rw"].contains(word)) == Some("ro");
            Ok(Mount { read_only, ..mount(kind, Some(source.clone()), target) })
        }
        _ => Err("there are too many colons"),
    }
}

/// The text cut at its colons, none of the parts empty.
fn parts(text: &str) -> Result<Vec<String>, &'static str> {
    const EMPTY: &str = "there is nothing between two colons";
    let mut parts = Vec::new();
    let mut part = String::new();
    for character in text.chars() {
        let is_drive = part.chars().count() == 1 && part.starts_with(char::is_alphabetic);
        match character {
            ':' if part.is_empty() => return Err(EMPTY),
            ':' if !is_drive => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    if part.is_empty() {
        return Err(EMPTY);
    }
    parts.push(part);
    Ok(parts)
}

fn is_path(source: &str) -> bool {
    let mut characters = source.chars();
    match (characters.next(), characters.next()) {
        (Some('.' | '/' | '~'), _) => true,
        (Some('\\'), Some('\\')) => true,
        (Some(drive), Some(':')) => drive.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every expectation is what Docker 28.2.2 made of the text.
    fn check(text: &str, expect: &str) {
        let found = match short(text) {
            Err(why) => why.to_owned(),
            Ok(mount) => {
                let read_only = if mount.read_only { " ro" } else { "" };
                format!(
                    "{} {} -> {}{read_only}",
                    mount.kind,
                    mount.source.as_deref().unwrap_or("-"),
                    mount.target
                )
            }
        };
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn short_form() {
        check("foo:/bar", "volume foo -> /bar");
        check("/a:/b", "bind /a -> /b");
        check("./c:/d:ro", "bind ./c -> /d ro");
        check("/anon", "volume - -> /anon");
        check("~/e:/f:ro,z,rw", "bind ~/e -> /f");
        check("C:\\foo:/g", "bind C:\\foo -> /g");
        check("nv:/h:nocopy,ro", "volume nv -> /h ro");
        check("..:/up", "bind .. -> /up");
        check("\\\\.\\pipe\\x:\\\\.\\pipe\\x", "bind \\\\.\\pipe\\x -> \\\\.\\pipe\\x");
    }

    #[test]
    fn odd_short_forms() {
        check("/x", "volume - -> /x");
        check("a:", "volume - -> a:");
        check("a:b", "volume - -> a:b");
        check("a:b:c:d", "bind a:b -> c:d");
        check("a::b", "bind a: -> b");
    }

    #[test]
    fn mistakes() {
        check("", "it is empty");
        check("foo:", "there is nothing between two colons");
        check(":/bar", "there is nothing between two colons");
        check("foo::/bar", "there is nothing between two colons");
        check("foo:/bar:ro:x1", "there are too many colons");
    }
}
