package settings_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// acts are n entries of a journal, the newest first, from number down.
func acts(number uint64, n int) []protocol.JournalEntry {
	out := make([]protocol.JournalEntry, n)
	for i := range out {
		out[i] = protocol.JournalEntry{Number: number - uint64(i), Time: today, Kind: protocol.JournalSelfTest, Outcome: protocol.OutcomeDone}
	}
	return out
}

// asks is what the host was asked about the journal just now; the zero body where it was not.
func (p *page) asks() (asked protocol.HostJournalBody) {
	p.t.Helper()
	for _, post := range p.posted() {
		if post.Envelope.Type == protocol.HostJournal {
			if err := json.Unmarshal(post.Envelope.Body, &asked); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	return asked
}

func (p *page) entries(entries []protocol.JournalEntry, more bool) {
	p.t.Helper()
	p.answer(protocol.HostJournalPage, protocol.JournalPage{
		Entries: entries, More: more, Total: 40, First: 1, State: protocol.JournalWhole, Protection: protocol.ProtectionTPM,
	})
}

// Part by part, from the newest to the oldest and back, each asked for once.
func TestJournalIsReadPartByPart(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.OlderEntries{}, settings.SaveJournal{})
	if p.asks().Limit != 0 || p.View().Journal.Shown {
		t.Fatalf("asked for more than nothing: %v", p.did)
	}
	p.on(settings.ReadJournal{Search: "  Evrak "})
	if got := p.asks(); got != (protocol.HostJournalBody{Limit: 20, Search: "Evrak"}) {
		t.Fatalf("asked %+v", got)
	}
	p.on(settings.ReadJournal{})
	if p.asks().Limit != 0 || !p.View().Journal.Reading {
		t.Error("asked twice")
	}
	p.entries(acts(40, 20), true)
	v := p.View().Journal
	if !v.Shown || v.Reading || !v.Older || v.Newer || len(v.Entries) != 20 || v.State != protocol.JournalWhole {
		t.Errorf("%+v", v)
	}
	if v.Summary != "Kayıt sayısı: 40. Günlüğü imzalayan anahtar bu bilgisayarın güvenlik çipinde (TPM); oradan çıkarılamaz. "+p.T("manage.journal.uncounted") || p.View().Status != v.Summary {
		t.Errorf("%q, told %q", v.Summary, p.View().Status)
	}
	p.on(settings.OlderEntries{})
	if got := p.asks(); got != (protocol.HostJournalBody{Before: 21, Limit: 20, Search: "Evrak"}) {
		t.Fatalf("asked %+v", got)
	}
	p.entries(acts(20, 3), false)
	if v := p.View().Journal; v.Older || !v.Newer || len(v.Entries) != 3 || v.Turn != 2 {
		t.Errorf("%+v", v)
	}
	p.on(settings.ReadJournal{Search: strings.Repeat("ş", 200)})
	if got := p.asks(); got.Before != 0 || got.Search != strings.Repeat("ş", protocol.MaxPurpose/2) {
		t.Errorf("asked %+v", got)
	}
	p.entries(nil, false)
	if v := p.View().Journal; v.None == "" || len(v.Entries) != 0 {
		t.Errorf("%+v", v)
	}
}

// An act with many documents names the first, and says how many follow.
func TestJournalNamesManyDocuments(t *testing.T) {
	documents := make([]protocol.JournalDocument, protocol.MaxDocuments)
	for i := range documents {
		documents[i] = protocol.JournalDocument{Name: fmt.Sprintf("Fatura %d.pdf", i+1), Digest: windowtest.IDA}
	}
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{})
	p.entries([]protocol.JournalEntry{{Number: 1, Time: today, Kind: protocol.JournalSign, Outcome: protocol.OutcomeDone, Documents: documents}}, false)
	e := p.View().Journal.Entries[0]
	if e.Heading != "1000 belge" || len(e.Documents) != 20 || e.Documents[19] != "Fatura 20.pdf" || e.More != "… ve 980 belge daha" {
		t.Errorf("%q: %q, %q", e.Heading, e.Documents, e.More)
	}
}

// An act as people read it: the day and time of their place, what it was, and in words how it ended.
func TestJournalEntry(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{})
	p.entries([]protocol.JournalEntry{
		{
			Number: 9, Time: today, Kind: protocol.JournalSign, Outcome: protocol.OutcomeDone, Origin: "https://online.example.tr", Purpose: "E-Onay\u202e",
			Documents: []protocol.JournalDocument{{Name: "Evrak.txt", Digest: windowtest.IDA}, {Name: "Ek.txt", Digest: windowtest.IDB}}, Issuer: "Deneme ESHS", Serial: "0A1B",
		},
		{Number: 8, Time: today, Kind: protocol.JournalSign, Outcome: fault.PINIncorrect, Serial: "<b>"},
		{Number: 7, Time: today, Kind: "strange", Outcome: "nobody_knows"},
		{Number: 6, Time: today, Kind: "strange", Outcome: protocol.OutcomeDone},
		{Number: 5, Time: today, Kind: protocol.JournalSignHash, Outcome: protocol.OutcomeDone, Documents: []protocol.JournalDocument{{Name: "hash", Digest: windowtest.IDA}}},
		{Number: 4, Time: today, Kind: protocol.JournalSignHash, Outcome: protocol.OutcomeDone, Documents: []protocol.JournalDocument{{Name: "hash", Digest: windowtest.IDB + windowtest.IDA, Function: "SHA-512"}}},
		{Number: 3, Time: today, Kind: protocol.JournalSignHash, Outcome: protocol.OutcomeDone, Documents: []protocol.JournalDocument{{Name: "hash"}}}, // of an earlier version
	}, false)
	v := p.View().Journal
	unseen := func(called string) settings.EntryView {
		return settings.EntryView{When: "15.01.2027 08:00", Kind: "İçeriği görünmeyen imza", Done: true, Outcome: "Görülmeden imzalandı.", Heading: "Belge", Documents: []string{called}}
	}
	want := []settings.EntryView{
		{
			When: "15.01.2027 08:00", Kind: "İmza", Done: true, Outcome: "İmzalandı.", Site: "https://online.example.tr", Purpose: "E-Onay⟦U+202E⟧",
			Heading: "2 belge", Documents: []string{"Evrak.txt", "Ek.txt"}, Certificate: "Deneme ESHS · 0A1B",
		},
		{When: "15.01.2027 08:00", Kind: "İmza", Outcome: "PIN yanlış."},
		{When: "15.01.2027 08:00", Kind: "strange", Outcome: "Beklenmedik bir hata oldu."},
		{When: "15.01.2027 08:00", Kind: "strange", Done: true, Outcome: "Tamamlandı."},
		unseen("SHA-256 " + windowtest.IDA), unseen("SHA-512 " + windowtest.IDB + windowtest.IDA), unseen("hash"),
	}
	for i := range want {
		if got := fmt.Sprintf("%+v", v.Entries[i]); got != fmt.Sprintf("%+v", want[i]) {
			t.Errorf("%s\nwant %+v", got, want[i])
		}
	}
	p.on(loop.ChooseLanguage{Language: "en"})
	if got := p.View().Journal.Entries[0].When; got != "15 January 2027, 08:00" {
		t.Errorf("%q", got)
	}
}

// T is the sentence of key in the page's language.
func (p *page) T(key string) string {
	v := p.View()
	return v.T(key)
}

// Every kind of act that a host may write has its words.
func TestJournalKinds(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	for _, kind := range []string{
		protocol.JournalSign, protocol.JournalLogin, protocol.JournalSignHash, protocol.JournalAllowHash, protocol.JournalForbidHash,
		protocol.JournalSelfTest, protocol.JournalChangePIN, protocol.JournalUnblock, protocol.JournalReset,
		protocol.JournalKeyChanged, protocol.JournalSetAside, protocol.JournalUnproven, protocol.JournalRolledBack,
	} {
		p.on(settings.ReadJournal{})
		p.entries([]protocol.JournalEntry{{Number: 1, Kind: kind, Outcome: protocol.OutcomeDone}}, false)
		if e := p.View().Journal.Entries[0]; e.Kind == kind || e.Outcome == "Tamamlandı." {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

// A journal that is not whole is told as what it is, one in a state that is not known as broken; those that were set aside
// and warnings are counted.
func TestJournalState(t *testing.T) {
	for state, want := range map[string]string{
		protocol.JournalWhole: protocol.JournalWhole, protocol.JournalEmpty: protocol.JournalEmpty, protocol.JournalBroken: protocol.JournalBroken, "fine": protocol.JournalBroken,
		protocol.JournalOtherKey: protocol.JournalOtherKey, protocol.JournalHeadOlder: protocol.JournalHeadOlder, protocol.JournalOlder: protocol.JournalOlder,
	} {
		p := withCard(t, windowtest.ReadyPIN)
		p.on(settings.ReadJournal{})
		p.answer(protocol.HostJournalPage, protocol.JournalPage{State: state, SetAside: 2, Warnings: 3})
		v := p.View().Journal
		if v.State != want || !strings.Contains(v.Aside, "2") || !strings.Contains(v.Warnings, "3") || v.Summary != "" || v.None != "" {
			t.Errorf("%s: %+v", state, v)
		}
		if key := "manage.journal.state." + v.State; p.T(key) == key {
			t.Errorf("%s has no sentence", v.State)
		}
	}
}

// What the journal has found is told in a sentence, an entry that no head has signed as that, and what the chip's counter shows.
func TestJournalFindings(t *testing.T) {
	for counted, want := range map[bool]string{true: "manage.journal.counted", false: "manage.journal.uncounted"} {
		p := withCard(t, windowtest.ReadyPIN)
		p.on(settings.ReadJournal{})
		p.answer(protocol.HostJournalPage, protocol.JournalPage{
			State: protocol.JournalWhole, Total: 2, First: 1, Protection: protocol.ProtectionTPM, Counted: counted, Warnings: 1,
			Entries: []protocol.JournalEntry{
				{Number: 2, Kind: protocol.JournalUnproven, Outcome: protocol.OutcomeDone, Purpose: "1-1"},
				{Number: 1, Kind: protocol.JournalSign, Outcome: protocol.OutcomeDone, Purpose: "E-Onay", Unproven: true},
			},
		})
		v := p.View().Journal
		if found := v.Entries[0]; found.Purpose != "" || !strings.Contains(found.Outcome, "1-1") {
			t.Errorf("%+v", found)
		}
		if unsigned := v.Entries[1]; unsigned.Purpose != "E-Onay" || !strings.HasSuffix(unsigned.Outcome, p.T("manage.journal.unproven")) {
			t.Errorf("%+v", unsigned)
		}
		if !strings.HasSuffix(v.Summary, p.T(want)) {
			t.Errorf("%q", v.Summary)
		}
	}
}

// A host that cannot read its journal, or has none, says so; what was on the screen stays.
func TestRefusedJournalKeepsTheScreen(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{})
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.Unsupported})
	if v := p.View(); v.Journal.Problem != fault.Unsupported || v.Journal.Shown || v.Alert.Code != "" || v.Program.Fails {
		t.Errorf("%+v", v.Journal)
	}
	p.on(settings.ReadJournal{})
	p.entries(acts(40, 20), true)
	p.on(settings.SaveJournal{})
	p.answer(protocol.HostError, protocol.HostFailure{Code: fault.JournalFailed})
	if v := p.View().Journal; v.Problem != fault.JournalFailed || !v.Shown || v.Saving || len(v.Entries) != 20 {
		t.Errorf("%+v", v)
	}
	p.on(settings.ReadJournal{})
	p.entries(acts(40, 3), true)
	if v := p.View().Journal; v.Problem != "" || len(v.Entries) != 3 {
		t.Errorf("after a file that failed: %+v", v)
	}
}

// What cannot be a part of a journal ends the conversation, as any other invalid message does.
func TestInvalidJournalEndsTheHost(t *testing.T) {
	late := acts(5, 1)
	late[0].Time = 1 << 60
	crowded := acts(5, 1)
	crowded[0].Documents = make([]protocol.JournalDocument, protocol.MaxDocuments+1)
	for name, part := range map[string]protocol.JournalPage{
		"too many":     {Entries: acts(40, 21)},
		"no number":    {Entries: acts(0, 1)},
		"out of order": {Entries: append(acts(5, 1), acts(5, 1)...)},
		"no date":      {Entries: late},
		"documents":    {Entries: crowded},
		"endless":      {More: true},
	} {
		p := withCard(t, windowtest.ReadyPIN)
		p.on(settings.ReadJournal{})
		part.State = protocol.JournalWhole
		p.answer(protocol.HostJournalPage, part)
		if v := p.View(); !v.Program.Fails || v.Program.Problem != fault.MessageInvalid || v.Journal.Shown {
			t.Errorf("%s: %+v", name, v.Journal)
		}
	}
}

// A broken journal may hold anything: it is shown as far as that goes, and leads nobody in a circle.
func TestBrokenJournalIsShown(t *testing.T) {
	broken := append(acts(5, 1), acts(5, 2)...)
	broken[0].Time = -1 << 60
	broken[1].Documents = make([]protocol.JournalDocument, 10_000)
	broken[2].Number = 0
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{})
	p.answer(protocol.HostJournalPage, protocol.JournalPage{State: protocol.JournalBroken, Entries: broken[:2], More: true, Total: 9})
	v := p.View().Journal
	if !v.Shown || v.State != protocol.JournalBroken || v.Entries[0].When != "" || len(v.Entries[1].Documents) > protocol.MaxDocuments {
		t.Fatalf("%+v", v)
	}
	p.on(settings.OlderEntries{})
	if got := p.asks().Before; got != 5 {
		t.Fatalf("before %d", got)
	}
	p.answer(protocol.HostJournalPage, protocol.JournalPage{State: protocol.JournalBroken, Entries: broken[:2], More: true, Total: 9})
	if p.View().Journal.Older {
		t.Error("in a circle")
	}
	p.on(settings.SaveJournal{})
	p.answer(protocol.HostJournalPage, protocol.JournalPage{State: protocol.JournalBroken, Entries: broken, More: true, Total: 9})
	if v := p.View(); v.Done != settings.DoneSaved || v.Program.Fails {
		t.Errorf("%+v", v.Journal)
	}
}

// All of the journal becomes a file: a line that says what it is, and one for each act, whatever was searched for.
func TestWholeJournalIsSaved(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{Search: "Evrak"})
	p.entries(acts(40, 1), false)
	p.on(settings.SaveJournal{})
	if got := p.asks(); got != (protocol.HostJournalBody{Limit: protocol.MaxJournalPage}) {
		t.Fatalf("asked %+v", got)
	}
	p.entries(acts(60, 50), true)
	if got := p.asks(); got != (protocol.HostJournalBody{Before: 11, Limit: protocol.MaxJournalPage}) || !p.View().Journal.Saving {
		t.Fatalf("asked %+v", got)
	}
	p.entries(acts(10, 10), false)
	i := slices.IndexFunc(p.did, func(e loop.Effect) bool { _, ok := e.(settings.Save); return ok })
	if i < 0 {
		t.Fatalf("%v", p.did)
	}
	save := p.did[i].(settings.Save)
	lines := strings.Split(string(save.Data), "\n")
	if save.Name != "e-onay-gunlugu-2027-01-15.jsonl" || save.Type != "application/jsonl" || len(lines) != 62 || lines[61] != "" {
		t.Fatalf("%s, %s, %d lines", save.Name, save.Type, len(lines))
	}
	if want := fmt.Sprintf(`{"made":%d,"state":"whole","protection":"tpm","total":40,"first":1,"more":false}`, today); lines[0] != want {
		t.Errorf("%s\nwant %s", lines[0], want)
	}
	for i, line := range lines[1:61] {
		var e protocol.JournalEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Number != uint64(60-i) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if v := p.View(); v.Journal.Saving || v.Done != settings.DoneSaved || len(v.Journal.Entries) != 1 {
		t.Errorf("%+v", v.Journal)
	}
}

// A file has an end, also where the host has none.
func TestJournalFileIsBounded(t *testing.T) {
	p := withCard(t, windowtest.ReadyPIN)
	p.on(settings.ReadJournal{})
	p.entries(acts(40, 1), false)
	p.on(settings.SaveJournal{})
	number := uint64(1 << 40)
	for range 1000 {
		part := acts(number, protocol.MaxJournalPage)
		for i := range part {
			part[i].Purpose = strings.Repeat("x", 4000)
		}
		number -= protocol.MaxJournalPage
		p.entries(part, true)
		for _, e := range p.did {
			if save, ok := e.(settings.Save); ok {
				if len(save.Data) > 9<<20 || !strings.Contains(string(save.Data[:200]), `"more":true`) {
					t.Errorf("%d bytes, %s", len(save.Data), save.Data[:200])
				}
				return
			}
		}
	}
	t.Error("it grows for ever")
}
