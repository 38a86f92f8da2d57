using System.Net;
using Roost.Services.Translation;
using Roost.Tests.Services.Translation;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

public sealed class TranslationTests
{
    [Fact]
    public async Task A_post_is_translated_with_its_warning_and_its_poll_and_stays_safe()
    {
        await using var translator = await FakeTranslator.StartAsync();
        await using var server = await PopulatedServer.StartAsync(
            translation: new TranslationOptions { Server = translator.Url });
        await server.WriteAsync("post", new
        {
            status = "good morning @bob <script>",
            spoiler_text = "greeting",
            language = "en",
            poll = new { options = (string[])["yes", "no"], expires_in = 600 },
        });

        var reply = await server.PostAsync($"/api/v1/statuses/{server["post"]}/translate", new { lang = "fr" }, "bob");

        reply.Is(HttpStatusCode.OK);
        var content = reply.Json.GetProperty("content").GetString()!;
        Assert.StartsWith("<p>GOOD MORNING <span class=\"h-card\"", content, StringComparison.Ordinal);
        Assert.EndsWith("&lt;SCRIPT&gt;</p>", content, StringComparison.Ordinal);
        Assert.Equal("GREETING", reply.Json.GetProperty("spoiler_text").GetString());
        Assert.Equal(["YES", "NO"], reply.Json.GetProperty("poll").GetProperty("options").EnumerateArray()
            .Select(option => option.GetProperty("title").GetString()));
        Assert.Equal("fr en", $"{reply.Json.GetProperty("language")} {reply.Json.GetProperty("detected_source_language")}");
        Assert.True((await server.GetAsync("/api/v2/instance", token: null)).Json.GetProperty("configuration")
            .GetProperty("translation").GetProperty("enabled").GetBoolean());
        Assert.Equal("fr", (await server.GetAsync("/api/v1/instance/translation_languages", token: null)).Json
            .GetProperty("en")[1].GetString());
    }

    [Fact]
    public async Task What_is_not_for_everybody_is_not_sent_to_a_translator()
    {
        await using var translator = await FakeTranslator.StartAsync();
        await using var server = await PopulatedServer.StartAsync(
            translation: new TranslationOptions { Server = translator.Url });
        await server.WriteAsync("private", new { status = "for followers", visibility = "private", language = "en" });

        var own = await server.PostAsync($"/api/v1/statuses/{server["private"]}/translate", new { lang = "fr" });
        var other = await server.PostAsync($"/api/v1/statuses/{server["private"]}/translate", new { lang = "fr" }, "bob");

        own.Is(HttpStatusCode.Forbidden);
        other.Is(HttpStatusCode.NotFound);
        Assert.Equal(0, translator.Asked);
    }

    [Fact]
    public async Task Without_a_translator_it_is_not_there()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "hello" });

        (await server.PostAsync($"/api/v1/statuses/{server["post"]}/translate")).Is(HttpStatusCode.NotFound);
        Assert.Equal("{}", (await server.GetAsync("/api/v1/instance/translation_languages", token: null)).Body);
    }
}
