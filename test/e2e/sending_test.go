package e2e

import "testing"

// lose makes the page lose the answers to its next n signatures, on their way back: the portal has
// received and judged them.
func (p *Page) lose(n string) {
	p.t.Helper()
	Eval[bool](p, `(() => {
		const genuine = window.fetch;
		let left = `+n+`;
		window.fetch = async (resource, options) => {
			const answer = await genuine(resource, options);
			if (options?.method === "POST" && left-- > 0) throw new TypeError("lost on purpose");
			return answer;
		};
		return true;
	})()`)
}

// refuse makes the page's next n signatures not reach the portal.
func (p *Page) refuse(n string) {
	p.t.Helper()
	Eval[bool](p, `(() => {
		const genuine = window.fetch;
		let left = `+n+`;
		window.fetch = async (resource, options) => {
			if (options?.method === "POST" && left-- > 0) throw new TypeError("refused on purpose");
			return genuine(resource, options);
		};
		return true;
	})()`)
}

// TestAnswerLost signs while the network loses the portal's answer: the act is recorded once, and the
// person sees the result.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	page.lose("1")
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}

// TestSendAgain signs while the portal cannot be reached: the person keeps the signature and sends it
// again without the card.
func TestSendAgain(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	page.refuse("4")
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "unavailable" {
		t.Fatalf("the page says %q", code)
	}
	nothingRecorded(t, w)
	page.Click("#problem button")
	page.Wait(`#result[data-act="give"]`)
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}
