package intake

// Rule names one thing that can be wrong with a row. The list is closed: a
// finding carries one of these and nothing else.
type Rule string

// Severity says what becomes of the row.
type Severity string

const (
	// Reject: the row is not passed on.
	Reject Severity = "reject"
	// Review: the row is passed on and a person should look at it.
	Review Severity = "review"
	// Note: the row is passed on as it is; this is only worth knowing.
	Note Severity = "note"
)

// The rules, by what they look at.
const (
	WrongCellCount   Rule = "wrong_cell_count"
	BrokenQuotes     Rule = "broken_quotes"
	NotUTF8          Rule = "not_utf8"
	ControlCharacter Rule = "control_character"
	FieldTooLong     Rule = "field_too_long"
	FieldsSwapped    Rule = "fields_swapped"
	ColumnUnknown    Rule = "column_unknown"
	CodeShape        Rule = "code_shape"
	CodeUnknown      Rule = "code_unknown"
	CountShape       Rule = "count_shape"
	CodeTwice        Rule = "code_twice"
	StatusUnknown    Rule = "status_unknown"
	OlderFile        Rule = "older_file"
	ICBUnknown       Rule = "icb_unknown"
	ICBMissing       Rule = "icb_missing"
	PracticeNew      Rule = "practice_not_known"
	PartOfICB        Rule = "part_of_icb"

	NumberMissing    Rule = "nhs_number_missing"
	NumberShape      Rule = "nhs_number_shape"
	NumberCheckDigit Rule = "nhs_number_check_digit"
	NumberSentinel   Rule = "nhs_number_sentinel"
	NumberExcel      Rule = "nhs_number_excel"
	NumberMadeUp     Rule = "nhs_number_made_up"
	NumberSuperseded Rule = "nhs_number_superseded"
	NumberLostZero   Rule = "nhs_number_lost_zero"
	SupersededWrong  Rule = "superseded_wrong"
	DuplicateInFile  Rule = "duplicate_in_file"
	ConflictInFile   Rule = "conflict_in_file"

	NameMissing  Rule = "name_missing"
	NameMojibake Rule = "name_mojibake"
	NameScript   Rule = "name_script"
	NameStandIn  Rule = "name_stand_in"
	NameTooLong  Rule = "name_too_long"

	StrayCharacters   Rule = "stray_characters"
	RecordTypeUnknown Rule = "record_type_unknown"
	RecordInvalid     Rule = "record_invalid"
	RemovalUnknown    Rule = "removal_unknown"

	TraceNone    Rule = "trace_none"
	TraceSeveral Rule = "trace_several"
	TraceOther   Rule = "trace_other_number"
	TraceFailed  Rule = "trace_failed"

	BirthMissing    Rule = "date_of_birth_missing"
	BirthImpossible Rule = "date_of_birth_impossible"
	DateMissing     Rule = "date_missing"
	DateImpossible  Rule = "date_impossible"
	DatePartial     Rule = "date_partial"
	DateFuture      Rule = "date_future"
	DiedBeforeBorn  Rule = "died_before_born"

	AddressMissing  Rule = "address_missing"
	AddressTooLong  Rule = "address_too_long"
	AddressPrison   Rule = "address_prison"
	PostcodeMissing Rule = "postcode_missing"
	PostcodeShape   Rule = "postcode_shape"
	PostcodeMarker  Rule = "postcode_marker"

	PracticeUnknown Rule = "practice_unknown"
	FlagUnknown     Rule = "flag_unknown"
	LanguageUnknown Rule = "language_unknown"
	FormatUnknown   Rule = "format_unknown"

	TelephoneShape Rule = "telephone_shape"
	EmailShape     Rule = "email_shape"
	GenderUnknown  Rule = "gender_unknown"

	ReferenceShape Rule = "reference_shape"
	ReasonUnknown  Rule = "reason_unknown"
	AnswerUnknown  Rule = "answer_unknown"
	ChannelUnknown Rule = "channel_unknown"

	ChannelUndeclared   Rule = "channel_undeclared"
	PracticeUncalledFor Rule = "practice_uncalled_for"
	DayNotOver          Rule = "day_not_over"

	PeriodOdd        Rule = "period_not_a_month"
	FieldUnknown     Rule = "field_unknown"
	FigureUnreadable Rule = "figure_unreadable"
	FigureTwice      Rule = "figure_twice"
	ListMissing      Rule = "list_size_missing"
	EnabledAboveList Rule = "enabled_above_list"
	PracticeTwice    Rule = "practice_with_two_systems"
	StateUnknown     Rule = "state_unknown"
)

// The rules about rows that read well and cannot simply be taken.
const (
	PersonUnknown      Rule = "person_unknown"
	PersonElsewhere    Rule = "person_of_another_region"
	OtherPractice      Rule = "person_of_another_practice"
	AnswerDoubted      Rule = "answer_doubted"
	LetterUnknown      Rule = "letter_unknown"
	LetterElsewhere    Rule = "letter_of_another_region"
	ReturnRefused      Rule = "return_refused"
	WatermarkLower     Rule = "watermark_lower"
	WatermarkUnmatched Rule = "watermark_unmatched"
)

// Meaning is what a rule says to people.
type Meaning struct {
	Rule     Rule
	Severity Severity // unless a finding says otherwise
	Sentence string   // what is wrong
	Advice   string   // what to do about it
}

// Rules lists every rule with its meaning, in the order in which pages show them.
var Rules = []Meaning{
	{WrongCellCount, Reject, "The row has more or fewer cells than the header.", "Look for a comma inside a cell without quotes, or a line broken in two."},
	{BrokenQuotes, Reject, "A quotation mark is opened and not closed.", "Put the whole cell in quotes and double any quotation mark inside it."},
	{NotUTF8, Reject, "The row holds bytes that are not UTF-8 text.", "Save the file again as CSV UTF-8."},
	{ControlCharacter, Reject, "The row holds invisible control characters.", "Remove them and type the cell again."},
	{FieldTooLong, Reject, "A cell is longer than any real value could be.", "Check that cells have not run together."},
	{FieldsSwapped, Reject, "Values seem to be in each other's columns.", "Put each value under its own heading."},
	{ColumnUnknown, Note, "A column is not one of this layout's and was not read.", "Check its name against the template if it should be read."},
	{CodeShape, Reject, "The organisation code is missing or has the wrong shape.", "Take the code from the Organisation Data Service."},
	{CodeUnknown, Reject, "The code is not one of the known opt-out codes.", "Send only the codes 93C3, 9Ndo, XaXj6 and 416308001."},
	{CountShape, Reject, "A number of patients is missing or is not a whole number.", "Take the row from the published file."},
	{CodeTwice, Reject, "The same organisation is in the file a second time.", "The first row counts; find out which is right."},
	{StatusUnknown, Reject, "The status is none that an organisation has.", "Take the row from the published file: A, C, D, P or ACTIVE, INACTIVE, DORMANT, PROPOSED."},
	{OlderFile, Review, "The file is older than what is known, so practices that are known stay as they are.", "Send the newest file of the Organisation Data Service."},
	{ICBUnknown, Review, "Practices lie in an ICB that is in no table of ICBs.", "Import the table of ICBs that names it."},
	{PartOfICB, Review, "The file leaves out most of the practices of an ICB, so none of those was taken to have left.", "Send the whole file."},
	{ICBMissing, Review, "An active practice has no ICB or no commissioner, so where it belongs cannot be checked.", "Take the row from the published file; without either, no region has the practice."},
	{PracticeNew, Note, "Practices of the file are not known here, so what it says of them was left out.", "Import the file of organisations first if they should be."},

	{NumberMissing, Reject, "There is no NHS number.", "Trace the person and add the number."},
	{NumberShape, Reject, "The NHS number is not ten digits.", "Check for digits lost or added."},
	{NumberCheckDigit, Reject, "The NHS number's check digit is wrong.", "A digit was mistyped; take the number from the source again."},
	{NumberSentinel, Reject, "The NHS number repeats one digit and stands for no number.", "Trace the person and add the real number."},
	{NumberExcel, Reject, "A spreadsheet has rounded the NHS number.", "Export the column as text; the digits are lost in this file."},
	{NumberMadeUp, Reject, "The NHS number is one of those made up for demonstrations.", "Remove the row; it is no real person."},
	{NumberLostZero, Reject, "The NHS number has nine digits: a spreadsheet may have taken its first zero away.", "Export the column as text and send the file again."},
	{NumberSuperseded, Note, "The NHS number is replaced by another; both are one person from now on.", "Nothing needs doing; letters and answers of both count."},
	{SupersededWrong, Reject, "The number that is to replace this one is no right NHS number, or the two replace each other.", "Trace the person and send the row again."},
	{DuplicateInFile, Reject, "The same person is in the file a second time with the same details.", "Nothing needs doing; the first row counts."},
	{ConflictInFile, Reject, "The same NHS number is in the file with different details.", "Find out which row is right and send that one."},
	{NameMissing, Reject, "There is no name to write to.", "Add the family name or the given name."},
	{NameMojibake, Review, "The name was damaged by a wrong character set.", "Take the name from the source again and save as UTF-8."},
	{NameScript, Review, "The name holds letters that are not Latin.", "Check that the letter shows them, or add the Latin spelling."},
	{NameStandIn, Review, "A word that stands for an unknown name was left out.", "Add the name if it is known."},
	{NameTooLong, Review, "The name is longer than the window of the envelope.", "Check it at the source; nothing is ever cut off."},
	{StrayCharacters, Review, "A name or address holds characters that belong in neither.", "Check it at the source: an escape or a lost letter may stand there."},
	{RecordTypeUnknown, Reject, "It is not said whether the row adds, amends or deletes.", "Write ADD, AMENDED or DEL."},
	{RecordInvalid, Review, "The national system marks this record as not valid, so the person is not written to.", "Trace the person; a right record may stand under another number."},
	{RemovalUnknown, Review, "The reason for removal is not known; the person is taken to have left.", "Check the code against the data dictionary."},
	{TraceNone, Review, "The trace found nobody, so the address is not trusted.", "Ask the practice; somebody who cannot be reached is never taken to agree."},
	{TraceSeveral, Reject, "The trace found several people.", "Look at each by hand and send the right one."},
	{TraceOther, Review, "The trace found the person under another number than the one asked for.", "Compare the two before accepting."},
	{TraceFailed, Reject, "The trace gave no answer that can be used.", "Ask again for this person."},
	{BirthMissing, Review, "There is no date of birth.", "Add it: it is needed to tell age and to accept an answer."},
	{BirthImpossible, Reject, "The date of birth does not exist or is over 125 years ago.", "Write it as year-month-day, like 1972-01-31."},
	{DateMissing, Reject, "There is no date.", "Add it as year-month-day."},
	{DateImpossible, Reject, "The date does not exist or is not written as a date.", "Write it as year-month-day, like 2026-01-31."},
	{DatePartial, Review, "Only the year or month is given, so the date is unknown.", "Add the whole date if it is known; it is never guessed."},
	{DateFuture, Reject, "The date lies in the future.", "Check the year."},
	{DiedBeforeBorn, Reject, "The date of death is before the date of birth.", "Check both dates."},
	{AddressMissing, Note, "There is no address, so no letter can be sent.", "Trace the address if the person should be written to."},
	{AddressTooLong, Review, "An address line is longer than the window of the envelope.", "Divide it over two lines; nothing is ever cut off."},
	{AddressPrison, Note, "The address is a prison, so no letter is sent.", "The practice is told who was not written to."},
	{PostcodeMissing, Note, "There is no postcode, so no letter can be sent.", "Add the postcode if the person should be written to."},
	{PostcodeShape, Review, "The postcode has a shape that no postcode has, so no letter is sent.", "Check it against the address."},
	{PostcodeMarker, Note, "The postcode is a marker and no place, so no letter is sent.", "Trace the address if the person should be written to."},
	{PracticeUnknown, Reject, "The practice is missing or is not known.", "Check the code, or import the latest practices first."},
	{FlagUnknown, Reject, "It cannot be told whether the person is sensitive.", "Write yes or no."},
	{LanguageUnknown, Note, "The language code is not known and was left out.", "Use a two-letter code such as pl."},
	{FormatUnknown, Review, "The accessible format is not known.", "Use one of the formats of the template."},
	{TelephoneShape, Note, "A telephone number is none that can be rung. Telephone numbers are not kept.", "Nothing needs doing here; tell whoever made the file."},
	{EmailShape, Note, "An e-mail address is none that can be written to. E-mail addresses are not kept.", "Nothing needs doing here; tell whoever made the file."},
	{GenderUnknown, Note, "The gender is none of the codes 0, 1, 2, 9 and X. It is not kept.", "Nothing needs doing here; tell whoever made the file."},
	{ReferenceShape, Reject, "The letter's reference is missing or has the wrong shape.", "Copy the reference printed on the letter."},
	{ReasonUnknown, Reject, "The reason is not one of R01 to R10.", "Use the code of the returned mail agreement."},
	{AnswerUnknown, Reject, "The answer is neither no nor yes.", "Write no or yes."},
	{ChannelUnknown, Reject, "The channel is not one that answers come by.", "Use web, phone, paper, practice, national or upload."},
	{ChannelUndeclared, Reject, "The channel is not one that somebody declares complete.", "Use phone, paper, upload or practice; the web measures itself."},
	{PracticeUncalledFor, Reject, "A practice is named for a channel that is not the practices'.", "Leave the practice out, or write practice as the channel."},
	{DayNotOver, Reject, "The day is not over yet, so not everything of it can have been entered.", "Declare yesterday at the latest."},
	{PeriodOdd, Review, "The period does not end with a month; the month in which it ends was taken.", "Check the period at the source."},
	{FieldUnknown, Note, "The file holds a field that is not counted here.", "Nothing needs doing; the other fields were read."},
	{FigureUnreadable, Review, "A figure is no whole number, or one that the data dictionary does not know; it counts as unknown.", "Check it at the source; unknown is not zero."},
	{FigureTwice, Reject, "The same figure of a practice stands in the file twice with different values.", "The first counts; find out which is right."},
	{ListMissing, Review, "The size of the practice's list is unknown, so no share of it can be worked out.", "Nothing needs doing; the practice is left out of shares."},
	{EnabledAboveList, Review, "More people are enabled than are registered: some have left the list and kept their access.", "Ask the practice to end the access of those who have left."},
	{PracticeTwice, Note, "The practice has two systems; its own counts, and the other, whose people are the same, is kept beside it.", "Nothing needs doing."},
	{StateUnknown, Reject, "The state is none that a practice has.", "Write not contacted, engaged, agreed, checks in progress, blocked, ready, live, deferred or withdrawn."},
	{PersonUnknown, Review, "Nobody of any campaign has this number.", "It waits in the in-tray, and is sought again with each file of people."},
	{PersonElsewhere, Review, "The person belongs to another region.", "It waits in the in-tray of that region; no record is made meanwhile."},
	{OtherPractice, Review, "The person is known at another practice than the one that sent this.", "The answer was taken; ask the practice whether the number is right."},
	{AnswerDoubted, Review, "The answer cannot be believed yet: the person is recorded as dead or gone, or the date is not whole.", "It waits in the in-tray; no record is made meanwhile."},
	{LetterUnknown, Review, "No letter has this reference.", "It waits in the in-tray with the letters it may be."},
	{LetterElsewhere, Review, "The letter belongs to another region.", "It waits in the in-tray of that region."},
	{ReturnRefused, Reject, "The letter cannot have come back so.", "Check the date against the day of posting."},
	{WatermarkLower, Reject, "The day is earlier than the one that was declared before.", "Lowering takes two people: declare it on the page of watermarks."},
	{WatermarkUnmatched, Reject, "Answers received by that day still match nobody.", "Settle them in the in-tray, then send the row again."},
}

var meanings = func() map[Rule]Meaning {
	m := make(map[Rule]Meaning, len(Rules))
	for _, r := range Rules {
		m[r.Rule] = r
	}
	return m
}()

// Meaning tells what the rule says to people; the zero Meaning for "".
func (r Rule) Meaning() Meaning { return meanings[r] }
