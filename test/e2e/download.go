package e2e

import "encoding/base64"

// Download returns what a link leads to, fetched by the page itself with the person's session.
func (p *Page) Download(selector string) []byte {
	p.t.Helper()
	p.Wait(selector)
	return p.fetch(`document.querySelector("` + selector + `").href`)
}

// downloadForm returns what the form of a button leads to, as Download does.
func (p *Page) downloadForm(button string) []byte {
	p.t.Helper()
	p.Wait(button)
	return p.fetch(`document.querySelector("` + button + `").form.action, { method: "POST", body: new URLSearchParams() }`)
}

// fetch has the page fetch what the arguments, which are JavaScript, say.
func (p *Page) fetch(arguments string) []byte {
	p.t.Helper()
	text := Eval[string](p, `fetch(`+arguments+`).then(async (r) => {
		if (!r.ok) throw new Error(r.status);
		const bytes = new Uint8Array(await r.arrayBuffer());
		return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
	})`)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		p.t.Fatalf("download %s: %v", arguments, err)
	}
	return data
}

// chooses puts a file into a field as if the person had chosen it. The browsers' own dialogue is out of reach of both drivers.
func (p *Page) chooses(field, name string, content []byte) {
	p.t.Helper()
	p.Wait(field)
	Eval[bool](p, `(() => {
		const files = new DataTransfer();
		files.items.add(new File([Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(content)+`"), (c) => c.charCodeAt(0))], "`+name+`"));
		document.querySelector("`+field+`").files = files.files;
		return true;
	})()`)
}
