package e2e

import "encoding/base64"

// Download returns what a link leads to, fetched by the page itself with the person's session.
func (p *Page) Download(selector string) []byte {
	p.t.Helper()
	p.Wait(selector)
	text := Eval[string](p, `fetch(document.querySelector("`+selector+`").href).then(async (r) => {
		if (!r.ok) throw new Error(r.status);
		const bytes = new Uint8Array(await r.arrayBuffer());
		return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
	})`)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		p.t.Fatalf("download %s: %v", selector, err)
	}
	return data
}
