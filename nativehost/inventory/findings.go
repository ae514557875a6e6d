package inventory

import (
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/module"
)

// explain adds the findings that say why there is no token, or none of a card that PC/SC shows. asked is how many libraries
// were asked.
func (i *Inventory) explain(m *merger, s *readerSnapshot, selection module.Selection, asked int) {
	explained := i.explainCards(m, s, selection)
	if len(m.tokens) > 0 || explained {
		return
	}
	switch {
	case len(s.cards) > 0 && m.failed > 0:
		// That is the reason, and it is among the findings.
	case len(s.cards) > 0:
		m.find(fault.NoModule, "") // no library knows the card
	case m.slots == 0 && s.refused:
		m.find(fault.ServiceRefused, "")
	case m.slots == 0 && !s.running:
		m.find(fault.NoService, "")
	case asked == 0:
		m.find(fault.NoModule, "")
	case s.readersGone, m.slots == 0 && len(s.readers) == 0: // libraries keep the slot of a reader that is gone
		m.find(fault.NoReader, "")
	default:
		m.find(fault.NoToken, "")
	}
}

// explainCards adds a finding for each card that no library shows, if there is a reason, and reports whether it did.
func (i *Inventory) explainCards(m *merger, s *readerSnapshot, selection module.Selection) (explained bool) {
	for k, selected := range selection.Cards {
		card := &s.cards[k]
		switch {
		case card.Busy && !card.hasToken:
			m.find(fault.CardBusy, card.Name)
		case selected.Family == nil:
			continue
		case selected.Missing && !card.hasCertificate:
			i.logMissing(selected)
			m.tell(missing(selected))
		case !card.hasToken && m.failed == 0 && len(m.tokens) == 0:
			m.find(fault.CardUnrecognized, selected.Family.Name)
		default:
			continue
		}
		explained = true
	}
	return explained
}

// logMissing tells the log of each family once.
func (i *Inventory) logMissing(card module.Card) {
	if !i.toldMissing[card.Family.ID] {
		i.toldMissing[card.Family.ID] = true
		i.Log.Warn("no library for the card", "family", card.Family.ID, "names", card.Names, "places", card.Places)
	}
}

// missing is the finding that no library of a card's family is installed.
func missing(card module.Card) protocol.Finding {
	return protocol.Finding{
		Code: fault.NoModule, Subject: card.Family.Name,
		Detail: fmt.Sprintf("%s: %s", strings.Join(card.Names, ", "), strings.Join(card.Places, ", ")),
		Driver: protocol.Sentence{TR: card.Family.Driver["tr"], EN: card.Family.Driver["en"]},
	}
}
