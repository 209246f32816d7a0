//! `[images."…"]`: what has to be pulled, and where it is already.

use std::ops::Range;

use swarmbed_sim::setup::Image;

use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{Misread, Named, Text, Written};

/// The listed images in byte order of their names.
pub(super) struct Images {
    images: Vec<Listed>,
}

struct Listed {
    image: Image,
    span: Range<usize>,
    used: bool,
}

impl Images {
    pub(super) fn new(table: &Named<file::Image>, mistakes: &mut Mistakes) -> Images {
        let images = table.entries.iter().map(|entry| {
            let size = mistakes.read(&entry.value.size).unwrap_or(0);
            Listed { image: Image { name: entry.key.clone(), size }, span: entry.span.clone(), used: false }
        });
        Images { images: images.collect() }
    }

    /// The index of an image that a service uses, if it has to be pulled.
    pub(super) fn used(&mut self, name: &str) -> Option<u32> {
        let index = self.find(name)?;
        self.images[index].used = true;
        Some(index as u32)
    }

    /// The index of an image that is present on a machine.
    pub(super) fn present(&mut self, name: &Written<Text>, mistakes: &mut Mistakes) -> Option<u32> {
        let found = mistakes.read(name)?;
        let index = self.find(&found);
        if index.is_none() {
            let known = self.images.iter().map(|listed| listed.image.name.as_str());
            mistakes.unknown(&name.span, "image", &found, known);
        }
        index.map(|index| index as u32)
    }

    /// A name without a tag means the tag `latest`, as in Docker.
    fn find(&self, name: &str) -> Option<usize> {
        let same = |listed: &Listed| tagged(&listed.image.name) == tagged(name);
        self.images.iter().position(same)
    }

    /// The images, once every service is known.
    pub(super) fn finish<'a>(
        self,
        in_use: impl Iterator<Item = &'a str> + Clone,
        mistakes: &mut Mistakes,
    ) -> Vec<Image> {
        for listed in self.images.iter().filter(|listed| !listed.used) {
            let name = &listed.image.name;
            let misread =
                Misread::new(format!("no service uses the image '{}'", crate::value::shortened(name)));
            let near = crate::trouble::nearest(name, in_use.clone());
            let help = near.map_or("drop it".to_owned(), |near| format!("did you mean '{near}'?"));
            mistakes.add(&listed.span, misread.help(help));
        }
        self.images.into_iter().map(|listed| listed.image).collect()
    }
}

/// The name with its tag; a colon before the last slash belongs to a registry's port.
fn tagged(name: &str) -> (&str, &str) {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[start..].find([':', '@']) {
        Some(colon) => (&name[..start + colon], &name[start + colon..]),
        None => (name, ":latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::tagged;

    #[test]
    fn a_missing_tag_is_latest() {
        assert_eq!(tagged("nginx"), tagged("nginx:latest"));
        assert_ne!(tagged("nginx"), tagged("nginx:1.27"));
        assert_eq!(tagged("registry:5000/app"), ("registry:5000/app", ":latest"));
        assert_eq!(tagged("app@sha256:12"), ("app", "@sha256:12"));
    }
}
