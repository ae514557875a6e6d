package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestDocumentToItsEnd has a page hide a document's last lines below what looks like its end: the person goes on only
// when the real end has been in view, and what is blank between is folded, and opens by the keyboard.
func TestDocumentToItsEnd(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	p := h.fresh(t)
	text := "Üyelik koşullarını kabul ediyorum.\n\n" + strings.Repeat("─", 30) + "\nBelgenin sonu\n" + strings.Repeat("\n", 300) +
		strings.Repeat("Madde.\n", 40) + "Ayrıca Ali Veli'ye 1.000.000 TL borcum olduğunu kabul ederim.\n"
	p.ask(`{ purpose: "Üyelik onayı", documents: [{ name: "uyelik.txt", data: ` + strconv.Quote(text) + ` }] }`)
	window := h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.Forward("document")
	window.Wait("#unread")
	if got := Eval[string](window, `document.getElementById("document-text").textContent`); got != text {
		t.Errorf("the window shows %q", got)
	}
	if label := window.Attribute("#document-text summary", "aria-label"); !strings.Contains(label, "300") {
		t.Errorf("the fold says %q", label)
	}
	press(window, "#document-text summary", Enter)
	window.WaitFor(`document.querySelector("#document-text details").open`)
	if !Eval[bool](window, `document.querySelector('[data-action="continue"]').disabled`) {
		t.Error("the person can go on without having seen the end")
	}
	press(window, action("end"), Enter)
	window.WaitFor(`document.getElementById("unread") === null`)
	end := Eval[[2]float64](window, `["document-end", "document"].map((id) => document.getElementById(id).getBoundingClientRect().bottom)`)
	if end[0] >= end[1]+1 { // places are scrolled to in whole pixels
		t.Errorf("the end is at %v, below what can be seen, %v", end[0], end[1])
	}
	window.Continue()
	window.AtStep("certificate")
}

// TestDocumentHasRoom reads a document with a long name in windows that are low, narrow or enlarged: its end can be seen, and
// the person goes on.
func TestDocumentHasRoom(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	h.w.SetPhrase(strings.Repeat("mavi kapı ", 6))
	for _, looks := range [][]Appearance{
		{{Width: 480, Height: 490, Scale: 1}, {Width: 436, Height: 582, Scale: 1.1}, {Width: 369, Height: 492, Scale: 1.3}},
		{{Width: 240, Height: 320, Scale: 2}},
	} {
		p := h.fresh(t)
		p.ask(`{ purpose: "Üyelik onayı", documents: [{ name: "` + strings.Repeat("uzun ad ", 24) + `", data: "Madde.\n".repeat(200) }] }`)
		window := h.w.Browser.Window()
		window.Forward("document")
		window.Wait("#unread")
		for _, a := range looks {
			window.Appear(a)
			if height := Eval[int](window, `document.getElementById("document").clientHeight`); height < 120 {
				t.Errorf("%+v: the document is read through %d pixels", a, height)
			}
		}
		press(window, action("end"), Enter)
		window.WaitFor(`document.getElementById("unread") === null`)
		window.Continue()
		window.AtStep("certificate")
		window.Press(Escape)
	}
}

// TestNumbersStay shows numbers beside what runs from right to left, in the order in which they are written.
func TestNumbersStay(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	p := h.fresh(t)
	text := "Tutar 10\u05be500 TL\n10\u05be500\nOran 5\u05f31000 TL\n10 \u05d0 500"
	p.ask(`{ purpose: "deneme", documents: [{ name: "b.txt", data: ` + strconv.Quote(text) + ` }] }`)
	window := h.w.Browser.Window()
	window.Forward("document")
	window.Wait("#document-text div")
	got := Eval[string](window, `(() => {
		const at = [];
		const texts = document.createTreeWalker(document.getElementById("document-text"), NodeFilter.SHOW_TEXT);
		let line = 0;
		for (let node; (node = texts.nextNode()) !== null;) for (let i = 0; i < node.length; i++) {
			if (node.data[i] === "\n") { at.push([line++, Infinity, "\n"]); continue; }
			const range = document.createRange();
			range.setStart(node, i);
			range.setEnd(node, i + 1);
			at.push([line, range.getBoundingClientRect().left, node.data[i]]);
		}
		return at.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , letter]) => letter).join("");
	})()`)
	if got != text {
		t.Errorf("%q stands as %q", text, got)
	}
}

// TestLongText reads ten megabytes: only what is near to the view is laid out, what is looked for is found by the keyboard and
// comes into view, and the end is the real one.
func TestLongText(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	p := h.fresh(t)
	p.ask(`{ purpose: "Üyelik onayı", documents: [{ name: "kosullar.txt", data: "Madde: üyelik koşullarını kabul ediyorum.\n".repeat(110000) + "Aranan ŞİŞLİ burada.\n" +
		"Madde: üyelik koşullarını kabul ediyorum.\n".repeat(110000) + "Ayrıca şişli orada.\n" + "Madde.\n".repeat(100) }] }`)
	window := h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.Forward("document")
	window.Wait("#find")
	full := `[...document.querySelectorAll("#document-text > div")].filter((block) => block.hasChildNodes()).length`
	if all, filled := Eval[int](window, `document.querySelectorAll("#document-text > div").length`), Eval[int](window, full); all < 2000 || filled > 80 {
		t.Errorf("%d of %d blocks are laid out", filled, all)
	}
	window.Type("#find", "şişli")
	for _, want := range []string{"ŞİŞLİ", "şişli", "ŞİŞLİ"} {
		press(window, "#find", Enter)
		window.WaitFor(`(() => {
			const [range] = CSS.highlights.get("found") ?? [];
			const [text, view] = [range?.getBoundingClientRect(), document.getElementById("document").getBoundingClientRect()];
			return range?.toString() === ` + strconv.Quote(want) + ` && text.height > 0 && text.top >= view.top && text.bottom <= view.bottom;
		})()`)
	}
	window.WaitFor(`document.getElementById("status").textContent.includes("Aranan ŞİŞLİ burada.")`)
	if !Eval[bool](window, `document.querySelector('[data-action="continue"]').disabled`) {
		t.Error("the person can go on without having seen the end")
	}
	press(window, action("end"), Enter)
	window.WaitFor(`document.getElementById("unread") === null`)
	if filled := Eval[int](window, full); filled > 80 {
		t.Errorf("%d blocks are laid out", filled)
	}
	window.Continue()
	window.AtStep("certificate")
}
