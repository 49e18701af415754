package messages

import (
	"golang.org/x/text/language"

	"github.com/vetopw/veto/engine"
)

// japanese has no plural.
var japanese = dictionary{
	tag: language.Japanese, name: "日本語", sentence: "パスワードは%s。",
	audit: "ただし、ポリシーが適用されると次のとおりです。",
	texts: []text{
		engine.TooShort: {
			message: "短すぎます", number: "短すぎます（%d文字以上必要です）",
			advice: "あまり使われない単語を四つ以上並べると、長くて覚えやすくなります。",
		},
		engine.TooLong: {
			message: "長すぎます", number: "長すぎます（%d文字以内にしてください）",
			advice: "一部を削ってください。",
		},
		engine.NotEnoughClasses: {message: "文字の種類が足りないか、アカウント名または表示名を含んでいます", advice: "大文字、小文字、数字、記号を混ぜ、名前やアカウント名は入れないでください。"},
		engine.NotUTF8:          {message: "正しいUTF-8テキストではありません", advice: "一般的なキーボードの文字で入力し直してください。"},
		engine.ControlCharacter: {message: "制御文字を含んでいます", advice: "タブや改行など、目に見えない文字を取り除いてください。"},
		engine.CharacterDenied:  {message: "使用できない文字を含んでいます", advice: "ほかの文字、数字、記号を使ってください。"},
		engine.BannedTerm:       {message: "禁止されている単語を含んでいます", advice: "互いに関連のない、あまり使われない単語を四つ以上使ってください。よくある単語を少し並べただけでは推測されます。文字を数字や記号に置き換えても効果はありません。"},
		engine.BannedPassword:   {message: "よく使われているものです", advice: "ほかの人が思いつかないもの、たとえばあまり使われない単語を四つ以上組み合わせたものを選んでください。"},
		engine.Breached: {
			message: "データ漏えいで流出したことがあります", number: "データ漏えいで%d回以上確認されています",
			advice: "攻撃者はこうしたパスワードを最初に試します。別のものを選び、ほかで使っている場合もすべて変更してください。",
		},
		engine.SubjectTerm:     {message: "あなたの名前、アカウント名、組織名、またはその他のあなたに関する言葉を含んでいます", advice: "名前、アカウント名、メールアドレス、組織名や、部署や都市などあなたについて知られていることは、表記を変えても使わないでください。"},
		engine.SimilarToOld:    {message: "以前のパスワードに似すぎています", advice: "以前のものに手を加えたり番号を増やしたりせず、新しく作ってください。"},
		engine.Sequence:        {message: "連続した文字または数字を含んでいます", advice: "abcや4321のような並びを取り除いてください。"},
		engine.KeyboardWalk:    {message: "キーボードの並びを含んでいます", advice: "キーボードで隣り合うキーの並びは避けてください。"},
		engine.Repetition:      {message: "同じ文字や部分を繰り返しています", advice: "繰り返す代わりに、新しいものを加えてください。"},
		engine.Date:            {message: "日付または年を含んでいます", advice: "日付や年は取り除いてください。攻撃者が最初に付け加えるものです。"},
		engine.LowScore:        {message: "推測されやすいものです", advice: "もっと長くしてください。数字や記号を足すより、あまり使われない単語をもう一つ加えるほうが効果的です。"},
		engine.PatternDenied:   {message: "許可されていないパターンに一致しています", advice: "別の作り方をしてください。規則については管理者にお問い合わせください。"},
		engine.PatternRequired: {message: "必要なパターンに一致していません", advice: "組織の規則については管理者にお問い合わせください。"},
		engine.Unavailable:     {message: "確認できませんでした", advice: "パスワードに問題があるわけではありません。数分後にもう一度お試しください。"},
	},
	labels: [labelCount]string{
		LabelAudit: "監査", LabelWouldReject: "拒否される理由", LabelAuditOnly: "監査のみ",
		LabelBase: "基本", LabelSpelling: "表記", LabelCase: "大文字", LabelJoin: "連結", LabelSum: "合計", LabelRequired: "必要値 %s",
		LabelSeparators: "すべての文字の間の区切り", LabelInFirst: "最初の部分に含む", LabelCharacters: "文字列",
		LabelTitle:        "パスワードの説明",
		LabelIntroduction: "各判定の根拠です。パスワードは点で表していますが、長さと位置から詳しく分かるため、管理者専用です。位置は文字を 0 から数え、2 番目の数は直後の文字を示します。",
		LabelPassword:     "パスワード %s", LabelAccepted: "承認", LabelRefused: "拒否", LabelRefusedLater: "承認（適用後は拒否）",
		LabelUnder: "%s、ポリシー %s", LabelReasons: "理由", LabelAt: "位置 %s", LabelList: "リスト", LabelGuesses: "推測回数", LabelPoints: "ポイント",
		LabelPointsUnasked: "ポイント（ポリシーでは不要）", LabelAdds: "各部分が加える値です。", LabelMark: "印はポリシーの必要値です。",
		LabelOf: "%s（必要値 %s）", LabelOutcome: "必要値 %s：%s", LabelEnough: "十分", LabelTooFew: "不足", LabelNothing: "必要値なし",
		LabelSpread: "最初の部分のうち %s は、すべての文字の間の区切りによるもの",
	},
	kinds: []string{
		engine.KindChar: "文字", engine.KindDigits: "数字", engine.KindTerm: "禁止語", engine.KindPassword: "パスワード", engine.KindSubject: "個人情報",
		engine.KindSequence: "連続", engine.KindWalk: "キー配列", engine.KindRepeat: "繰り返し", engine.KindDate: "日付", engine.KindBreached: "漏えい",
	},
	readings: []string{
		engine.ReadSubstitution: "置き換え", engine.ReadLookalike: "類似文字", engine.ReadSeparator: "区切り", engine.ReadDoubled: "重複", engine.ReadReversed: "逆順", engine.ReadTyped: "別配列",
		engine.ReadExtra: "余分", engine.ReadMissing: "欠落", engine.ReadChanged: "変更", engine.ReadSwapped: "入れ替え",
	},
	characters: text{number: "%d 文字"}, points: text{number: "%d ポイント"},
}
