using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Text;

namespace Roost.Services;

/// <summary>AngleSharp's tokenizer, the one way to it: AngleSharp looks once which encodings there are, and must not do
/// so before all of them are known.</summary>
internal static class HtmlTokens
{
    static HtmlTokens() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    public static TextSource SourceOf(string html) => new(html);

    public static HtmlTokenizer Of(TextSource source) => new(source, HtmlEntityProvider.Resolver);

    /// <param name="name">As servers and pages write it; null for none.</param>
    public static Encoding? EncodingOf(string? name)
    {
        name = name?.Trim(' ', '"', '\'').ToLowerInvariant();
        return string.IsNullOrEmpty(name) || !TextEncoding.IsSupported(name) ? null : TextEncoding.Resolve(name);
    }
}
