package settings

import "github.com/e-onay/e-onay/wasm/screen"

// View is the settings page as it is to be drawn: a snapshot, with every text from outside already made
// visible. Each section and each question has a view of its own in it.
type View struct {
	screen.Sentences
	Screen Screen
	Turn   int // changes with every new screen
	Title  string
	Status string // what a screen reader is told without being asked

	Alert  screen.Alert
	Alerts int // changes with every new alert, here or in a section
	Done   Done

	Contents []Part
	Advanced bool // its sections are on the screen

	Welcome     WelcomeView
	Reminder    ReminderView
	Cards       CardsView
	Phrase      PhraseView
	Sites       SitesView
	Program     ProgramView
	Diagnosis   DiagnosisView
	Journal     JournalView
	Hashes      HashesView
	Libraries   LibrariesView
	Institution InstitutionView

	// The question on the screen; the others are empty.
	ChangePIN PINQuestionView
	Unblock   UnblockView
	SelfTest  SelfTestView
	Allow     AllowView
	Working   screen.Working
}

// View returns the settings page.
func (p *Page) View() View {
	v := View{
		Sentences: p.sentences(), Screen: p.question.screen, Turn: p.question.turn,
		Alert: p.alertView(), Alerts: p.notice.alerts, Done: p.notice.done, Advanced: p.advanced.open,
		Cards: p.cards.view(p.program.state), Phrase: p.phrase.view(), Sites: p.sites.view(), Program: p.program.view(),
		Diagnosis: p.diagnosis.view(), Journal: p.journal.view(), Hashes: p.hashes.view(),
		Libraries: p.libraries.view(p.diagnosis.libraries()),
	}
	v.Welcome = p.welcome.view(&v)
	v.Reminder = p.reminder.view(p.sites.read.Portal)
	v.Institution = p.institution.view(p.sites.read)
	v.Contents = v.contents()
	p.viewQuestion(&v)
	v.Title = v.title()
	v.Status = v.status()
	return v
}

func (p *Page) viewQuestion(v *View) {
	switch v.Screen {
	case ScreenChange:
		v.ChangePIN = p.changePIN.view()
	case ScreenUnblock:
		v.Unblock = p.unblock.view()
	case ScreenTest:
		v.SelfTest = p.selfTest.view()
	case ScreenAllow:
		v.Allow = p.allow.view()
	case ScreenWorking:
		v.Working = p.workingView()
	}
}

func (v *View) title() string {
	switch v.Screen {
	case ScreenChange:
		return v.ChangePIN.Title
	case ScreenUnblock:
		return v.Unblock.Title
	case ScreenTest:
		return v.SelfTest.Title
	case ScreenAllow:
		return v.Allow.Title
	case ScreenWorking:
		return v.Working.Title
	}
	if len(v.Welcome.Steps) > 0 {
		return v.T("manage.welcome")
	}
	return v.T("manage.title")
}

func (v *View) status() string {
	switch v.Screen {
	case ScreenChange:
		return v.ChangePIN.Strength.Text(v.Language)
	case ScreenUnblock:
		return v.Unblock.Strength.Text(v.Language)
	case ScreenTest, ScreenAllow:
		return ""
	case ScreenWorking:
		return v.Title
	}
	switch {
	case !v.Program.Works:
		return ""
	case v.Done != DoneNothing:
		return v.T("manage.done." + string(v.Done))
	case v.Diagnosis.Copied != CopyNone:
		return v.T("manage.copy." + string(v.Diagnosis.Copied))
	case v.Diagnosis.Working:
		return v.T("manage.diagnosis.working")
	case v.Journal.Reading || v.Journal.Saving:
		return v.T("manage.journal.working")
	case v.Cards.Missing.Code != "":
		return v.Error(v.Cards.Missing.Code)
	case v.Journal.None != "":
		return v.Journal.None
	}
	return v.Journal.Summary
}
