package screen

// Step is one screen of the window: one question, or one thing to know.
type Step string

// The steps in their usual order.
const (
	StepLoading     Step = "loading"
	StepPhrase      Step = "phrase" // the person has to set one first
	StepWho         Step = "who"
	StepList        Step = "list" // of documents
	StepDocument    Step = "document"
	StepCode        Step = "code"
	StepWaiting     Step = "waiting" // for a reader, a card or a certificate
	StepCertificate Step = "certificate"
	StepStamp       Step = "stamp" // how the document will look
	StepPIN         Step = "pin"
	StepWorking     Step = "working"
	StepDone        Step = "done"
	StepFailed      Step = "failed"
)
