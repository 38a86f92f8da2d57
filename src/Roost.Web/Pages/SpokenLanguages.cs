namespace Roost.Web.Pages;

/// <summary>Languages that a post can be said to be in, by their codes (ISO 639-1) and in their own words: those with
/// the most readers. Others can be told by apps, which know more of them.</summary>
internal static class SpokenLanguages
{
    public static IReadOnlyList<(string Code, string Name)> All { get; } =
    [
        ("ar", "العربية"), ("bg", "Български"), ("bn", "বাংলা"), ("ca", "Català"), ("cs", "Čeština"), ("cy", "Cymraeg"),
        ("da", "Dansk"), ("de", "Deutsch"), ("el", "Ελληνικά"), ("en", "English"), ("eo", "Esperanto"),
        ("es", "Español"), ("et", "Eesti"), ("eu", "Euskara"), ("fa", "فارسی"), ("fi", "Suomi"), ("fr", "Français"),
        ("ga", "Gaeilge"), ("gl", "Galego"), ("he", "עברית"), ("hi", "हिन्दी"), ("hr", "Hrvatski"), ("hu", "Magyar"),
        ("id", "Bahasa Indonesia"), ("is", "Íslenska"), ("it", "Italiano"), ("ja", "日本語"), ("ko", "한국어"),
        ("lt", "Lietuvių"), ("lv", "Latviešu"), ("nl", "Nederlands"), ("no", "Norsk"), ("pl", "Polski"),
        ("pt", "Português"), ("ro", "Română"), ("ru", "Русский"), ("sk", "Slovenčina"), ("sl", "Slovenščina"),
        ("sr", "Српски"), ("sv", "Svenska"), ("sw", "Kiswahili"), ("ta", "தமிழ்"), ("th", "ไทย"), ("tr", "Türkçe"),
        ("uk", "Українська"), ("ur", "اردو"), ("vi", "Tiếng Việt"), ("zh", "中文"),
    ];

    /// <summary>The same with one more, if it is not among them.</summary>
    public static IEnumerable<(string Code, string Name)> With(string? code) =>
        code is { Length: > 0 } && All.All(one => one.Code != code) ? All.Append((code, code)) : All;
}
