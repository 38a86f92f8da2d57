using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Translation;
using Xunit;

namespace Roost.Tests.Services.Translation;

public sealed class TranslationServiceTests : IAsyncLifetime
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTime _time = new();
    private FakeTranslator _translator = null!;
    private TranslationService _service = null!;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        _translator = await FakeTranslator.StartAsync();
        _service = Open(new TranslationOptions { Server = _translator.Url, ApiKey = "key" });
    }

    public async ValueTask DisposeAsync()
    {
        _service.Dispose();
        await _translator.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Theory]
    [InlineData("hello & <b>world</b>", "HELLO & <B>WORLD</B>")]
    [InlineData("hi @bob, see https://a.example/b?c=d&e #Cats\nnext\n\nlast",
        "HI @bob, SEE https://a.example/b?c=d&e #Cats\nNEXT\n\nLAST")]
    [InlineData("a :blob_cat: at 12:30: ok :x: :: :no good:", "A :blob_cat: AT 12:30: OK :X: :: :NO GOOD:")]
    [InlineData(":", ":")]
    public async Task Words_are_translated_and_what_is_not_words_stays(string text, string expected)
    {
        var translated = await _service.Api.Translate(new TranslateTexts([text], "en-GB", "fr"), Call);

        Assert.Equal([expected], translated.Texts);
        Assert.Equal(("en", "LibreTranslate"), (translated.From, translated.Provider));
        Assert.Equal("en fr html key", string.Join(' ', ((string[])["source", "target", "format", "api_key"])
            .Select(name => _translator.Question.GetProperty(name).GetString())));
    }

    [Fact]
    public async Task A_translation_is_kept_for_a_day()
    {
        var request = new TranslateTexts(["one", "two"], null, "en");
        for (var i = 0; i < 3; i++)
            Assert.Equal(["ONE", "TWO"], (await _service.Api.Translate(request, Call)).Texts);
        Assert.Equal(1, _translator.Asked);

        _time.Advance(TimeSpan.FromDays(1));

        Assert.Equal("en", (await _service.Api.Translate(request, Call)).From);
        Assert.Equal(2, _translator.Asked);
        Assert.Equal("auto", _translator.Question.GetProperty("source").GetString());
    }

    [Fact]
    public async Task Languages_that_the_translator_does_not_know_are_refused_without_asking_it()
    {
        foreach (var (from, to) in ((string?, string)[])[("fr", "de"), ("en", "xx"), ("xx", "en"), (null, "xx"), ("en", "en")])
        {
            var refusal = await Assert.ThrowsAsync<ServiceException>(async () =>
                await _service.Api.Translate(new TranslateTexts(["a"], from, to), Call));
            Assert.Equal(ErrorCode.Forbidden, refusal.Code);
        }
        Assert.Equal(0, _translator.Asked);
        var pairs = await _service.Api.Pairs(new GetTranslationPairs(), Call);
        Assert.Equal(["de", "fr"], pairs.Targets["en"]);
    }

    [Theory]
    [InlineData(429, "", ErrorCode.Overloaded)]
    [InlineData(403, "{\"error\":\"key\"}", ErrorCode.Unavailable)]
    [InlineData(200, "not json", ErrorCode.Unavailable)]
    [InlineData(200, "null", ErrorCode.Unavailable)]
    [InlineData(200, "{}", ErrorCode.Unavailable)]
    [InlineData(200, "{\"translatedText\":[\"one too many\",\"b\"]}", ErrorCode.Unavailable)]
    public async Task What_the_translator_does_wrong_is_told_and_the_next_try_is_made(int status, string body, ErrorCode code)
    {
        _translator.Instead = http =>
        {
            http.Response.StatusCode = status;
            return http.Response.WriteAsync(body);
        };
        var failure = await Assert.ThrowsAsync<ServiceException>(async () =>
            await _service.Api.Translate(new TranslateTexts(["a"], "en", "fr"), Call));
        Assert.Equal(code, failure.Code);

        _translator.Instead = null;

        Assert.Equal(["A"], (await _service.Api.Translate(new TranslateTexts(["a"], "en", "fr"), Call)).Texts);
    }

    [Fact]
    public async Task One_that_is_slow_is_given_up_and_those_beyond_the_bound_are_told_to_come_again()
    {
        var arrived = new TaskCompletionSource();
        using var service = Open(new TranslationOptions { Server = _translator.Url, AtOnceMax = 1 });
        _translator.Instead = async http =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        };
        var slow = service.Api.Translate(new TranslateTexts(["a"], "en", "fr"), Call).AsTask();
        await arrived.Task.WaitAsync(TestContext.Current.CancellationToken);

        var beyond = await Assert.ThrowsAsync<ServiceException>(async () =>
            await service.Api.Translate(new TranslateTexts(["b"], "en", "fr"), Call));
        _time.Advance(TimeSpan.FromSeconds(10));
        var given = await Assert.ThrowsAsync<ServiceException>(() => slow);

        Assert.Equal((ErrorCode.Overloaded, ErrorCode.Unavailable), (beyond.Code, given.Code));
    }

    [Fact]
    public async Task Without_a_translator_there_is_no_translation()
    {
        using var service = Open(new TranslationOptions());

        Assert.False(service.Api.IsOn);
        Assert.Empty((await service.Api.Pairs(new GetTranslationPairs(), Call)).Targets);
    }

    private TranslationService Open(TranslationOptions options) => new(
        options, _time, NullLoggerFactory.Instance, _provider.GetRequiredService<IMeterFactory>());
}
