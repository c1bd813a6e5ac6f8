use std::path::Path;
use std::sync::Arc;

use super::fit::JustTrained;
use super::imported::Import;
use super::likes::{OfLikes, without_dislikes};
use super::params::Params;
use super::recommender::{FitContext, FitError, Recommender};
use super::registry::MODELS;
use super::spec::ModelSpec;
use crate::data::{Bundle, unknown};

/// The models that formulas may name: the built-in ones, then the imported ones. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    imports: Arc<Vec<Arc<Import>>>,
}

impl Catalog {
    /// All models: [`MODELS`], then the imports in the order they were added.
    pub fn models(&self) -> impl Iterator<Item = ModelEntry> + '_ {
        let imports = self.imports.iter().map(|import| ModelEntry {
            spec: import.spec(),
            import: Some(Arc::clone(import)),
        });
        MODELS.iter().map(|spec| ModelEntry::from(*spec)).chain(imports)
    }

    /// The models that were trained by other programs.
    pub fn imports(&self) -> &[Arc<Import>] {
        &self.imports
    }

    /// The model called `name`.
    pub fn find(&self, name: &str) -> Result<ModelEntry, String> {
        if let Some(model) = self.models().find(|m| m.name() == name) {
            return Ok(model);
        }
        let models: Vec<ModelEntry> = self.models().collect();
        Err(unknown("model", name, models.iter().map(ModelEntry::name)))
    }

    /// Adds what is at `path` as the model `name`, replacing an import of that name. Reads only names and a few
    /// numbers.
    ///
    /// One sentence: a name that formulas can't use or a model has, or nothing at `path` that could be a model.
    pub fn import(&mut self, name: &str, path: &Path) -> Result<(), String> {
        Self::check_name(name)?;
        self.add(Import::at(name, path, false)?);
        Ok(())
    }

    /// Adds the models that come with a bundle.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn import_bundle(&mut self, bundle: &Bundle) -> Result<(), String> {
        for (name, path) in bundle.models() {
            self.add(Import::at(name, &path, true)?);
        }
        Ok(())
    }

    fn add(&mut self, import: Import) {
        let import = Arc::new(import);
        let imports = Arc::make_mut(&mut self.imports);
        match imports.iter_mut().find(|known| known.name == import.name) {
            Some(known) => *known = import,
            None => imports.push(import),
        }
    }

    /// Whether `name` can be that of an import.
    pub fn check_name(name: &str) -> Result<(), String> {
        let words = name
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric()));
        if !words || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let shown = crate::data::clean_label(name);
            return Err(format!(
                "{shown:?} cannot be the name of a model: use letters, digits and single hyphens, starting with a letter"
            ));
        }
        let taken = MODELS.iter().any(|m| m.name == name) || ["switch", "cascade", "augment"].contains(&name);
        if taken {
            return Err(format!("{name} is a model already; give the import another name"));
        }
        Ok(())
    }
}

/// A model of the catalog: built-in or imported.
#[derive(Clone)]
pub struct ModelEntry {
    spec: &'static ModelSpec,
    import: Option<Arc<Import>>,
}

impl From<&'static ModelSpec> for ModelEntry {
    fn from(spec: &'static ModelSpec) -> Self {
        Self { spec, import: None }
    }
}

impl ModelEntry {
    pub fn name(&self) -> &str {
        self.import.as_ref().map_or(self.spec.name, |import| &import.name)
    }

    pub fn summary(&self) -> &str {
        self.import.as_ref().map_or(self.spec.summary, |import| &import.summary)
    }

    /// All other facts about it. All imports of a kind share one.
    pub fn spec(&self) -> &'static ModelSpec {
        self.spec
    }

    /// The import, if it was trained by another program.
    pub fn import(&self) -> Option<&Arc<Import>> {
        self.import.as_ref()
    }

    /// Its default parameters; the files of an import may set defaults of their own.
    pub fn defaults(&self) -> Params {
        let own = self
            .import
            .as_ref()
            .map_or_else(Default::default, |import| import.defaults());
        Params::with_defaults(self.spec.parameters, own)
    }

    /// Trains it, or reads its files.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Result<JustTrained, FitError> {
        match &self.import {
            None => match without_dislikes(self.spec, params, context) {
                None => self.spec.fit.fit(context, params),
                Some(context) => self.spec.fit.fit(&context, params).map(|fitted| JustTrained {
                    model: Arc::new(OfLikes(fitted.model)),
                    ..fitted
                }),
            },
            Some(import) => Ok(JustTrained {
                model: import.open(context, params)?,
                trained: Arc::new(()),
            }),
        }
    }

    /// Opens what was trained by [`ModelEntry::fit`] and written down; `None` where the bytes make no sense.
    pub(super) fn restore(&self, bytes: &[u8], context: &FitContext, params: &Params) -> Option<Arc<dyn Recommender>> {
        match without_dislikes(self.spec, params, context) {
            None => self.spec.fit.restore(bytes, context, params),
            Some(context) => Some(Arc::new(OfLikes(self.spec.fit.restore(bytes, &context, params)?))),
        }
    }
}
