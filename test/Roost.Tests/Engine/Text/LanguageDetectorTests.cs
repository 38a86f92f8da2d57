using Roost.Engine.Search;
using Roost.Engine.Text;
using Xunit;

namespace Roost.Tests.Engine.Text;

public sealed class LanguageDetectorTests
{
    [Theory]
    [InlineData("I really don't know what to do with all this free time", "en")]
    [InlineData("Je ne sais pas quoi faire de tout ce temps", "fr")]
    [InlineData("Ich weiß nicht, was ich mit der Zeit machen soll", "de")]
    [InlineData("Non so proprio cosa fare con tutto questo tempo", "it")]
    [InlineData("Não sei o que fazer com isso tudo", "pt")]
    [InlineData("No sé qué hacer con todo este tiempo libre", "es")]
    [InlineData("Ik weet niet wat ik met al die tijd moet doen", "nl")]
    [InlineData("Nie wiem, co zrobić z tym wszystkim", "pl")]
    [InlineData("لا أعرف ماذا أفعل", "ar")]
    [InlineData("मुझे नहीं पता", "hi")]
    [InlineData("今日はとても寒いです", "ja")]
    [InlineData("今天天气很冷", "zh")]
    [InlineData("오늘은 너무 추워요", "ko")]
    [InlineData("วันนี้อากาศหนาวมาก", "th")]
    [InlineData("Сегодня очень холодно", "ru")]
    [InlineData("Сьогодні дуже холодно, їжте борщ", "uk")]
    [InlineData("@ann #tag https://example.com/the/and/of วันนี้", "th")]
    public void A_sentence_tells_its_language(string text, string language) => Assert.Equal(language, Detected(text));

    [Theory]
    [InlineData("")]
    [InlineData("👍👍 123 !!!")]
    [InlineData("Roost")]
    [InlineData("@ann https://example.com/the/and")]
    public void Too_little_tells_nothing(string text) => Assert.Equal("und", Detected(text));

    private static string Detected(string text)
    {
        var list = new TokenList();
        Tokenizer.Tokenize(text, list);
        LanguageCode code = LanguageDetector.Detect(text, list);
        return code.ToString();
    }
}
