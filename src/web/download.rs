//! A file that comes by an address, piece by piece: from the page's own host by the page itself, from another by a frame
//! ([`Remote`]), since the page's policy lets it ask no other. Never here: limits, words for the visitor.

use super::js::{get, message_of};
use super::remote::Remote;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestCache, RequestInit, Response, Url};

/// A file on its way. Dropping it ends that.
pub struct Download {
    way: Way,
    length: Option<f64>,
}

enum Way {
    Own(ReadableStreamDefaultReader),
    Remote(Remote),
}

impl Download {
    /// Asks for `url`. `cache` is how the browser uses its copy of a file of the page's own host.
    ///
    /// # Errors
    /// The cause in words, when it cannot be had.
    pub async fn open(url: &str, cache: RequestCache) -> Result<Self, String> {
        let window = web_sys::window().ok_or("there is no page")?;
        let page = window.location();
        let whole = page.href().and_then(|page| Url::new_with_base(url, &page)).map_err(|_| "this is no address")?;
        if Ok(whole.origin()) != page.origin() {
            let remote = Remote::open(&whole.href()).await?;
            return Ok(Self { length: remote.length(), way: Way::Remote(remote) });
        }
        let request = RequestInit::new();
        request.set_method("GET");
        request.set_cache(cache);
        let response =
            JsFuture::from(window.fetch_with_str_and_init(&whole.href(), &request)).await.map_err(|thrown| message_of(&thrown))?;
        let response: Response = response.dyn_into().map_err(|_| "no response")?;
        if !response.ok() {
            return Err(format!("the server answers {} {}", response.status(), response.status_text()));
        }
        let length = response.headers().get("content-length").ok().flatten().and_then(|text| text.parse().ok());
        let reader = response.body().ok_or("it is empty")?.get_reader().dyn_into().map_err(|_| "no stream")?;
        Ok(Self { way: Way::Own(reader), length })
    }

    /// The length of the file in bytes, if the host says it.
    pub fn length(&self) -> Option<f64> {
        self.length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The cause in words, when the rest cannot be had.
    pub async fn next(&self) -> Result<Option<Uint8Array>, String> {
        match &self.way {
            Way::Remote(remote) => remote.next().await,
            Way::Own(reader) => {
                let piece = JsFuture::from(reader.read()).await.map_err(|thrown| message_of(&thrown))?;
                Ok(get(&piece, "value").dyn_into().ok())
            }
        }
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Way::Own(reader) = &self.way {
            // The answer is not waited for: nobody needs the rest.
            let _ended = reader.cancel();
        }
    }
}
