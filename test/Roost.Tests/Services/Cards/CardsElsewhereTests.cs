using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Cards;
using Xunit;

namespace Roost.Tests.Services.Cards;

public sealed class CardsElsewhereTests
{
    private readonly FakeTime _time = new();
    private readonly ConcurrentDictionary<string, CardAnswer> _known = new();
    private readonly List<string[]> _calls = [];

    [Fact]
    public async Task A_link_is_asked_for_once_and_told_from_memory_from_then_on()
    {
        var card = new Card("http://a.example/", "A page", "");
        _known["http://a.example/"] = new CardAnswer(true, card);
        await using var cards = Open();

        Assert.False(cards.LookUp("http://a.example/").IsSettled);
        var answer = await UntilSettledAsync(cards, "http://a.example/");
        cards.LookUp("http://a.example/");

        Assert.Same(card, answer.Card);
        Assert.Equal([["http://a.example/"]], Calls());
    }

    [Fact]
    public async Task What_is_not_known_yet_is_asked_for_again_when_somebody_looks_later()
    {
        await using var cards = Open();
        cards.LookUp("http://a.example/");
        await UntilAsync(() => Calls().Length == 1);

        _known["http://a.example/"] = CardAnswer.Nothing;
        Assert.False(cards.LookUp("http://a.example/").IsSettled);
        Assert.Single(Calls());
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return cards.LookUp("http://a.example/").IsSettled;
        });

        Assert.Equal(CardAnswer.Nothing, cards.LookUp("http://a.example/"));
        Assert.Equal(2, Calls().Length);
    }

    [Fact]
    public async Task While_the_service_is_away_nothing_is_known_and_then_it_is()
    {
        _known["http://a.example/"] = CardAnswer.Nothing;
        var isAway = true;
        var tried = new TaskCompletionSource();
        await using var cards = new CardsElsewhere(
            new CardLookupApi((request, call) =>
            {
                tried.TrySetResult();
                return Volatile.Read(ref isAway)
                    ? throw new ServiceException(ErrorCode.Unavailable, "Away.")
                    : LookUpAsync(request, call);
            }), _time, NullLoggerFactory.Instance);

        cards.LookUp("http://a.example/");
        await tried.Task;
        Assert.False(cards.LookUp("http://a.example/").IsSettled);
        Volatile.Write(ref isAway, false);
        while (!cards.LookUp("http://a.example/").IsSettled)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        Assert.Equal([["http://a.example/"]], Calls());
    }

    private CardsElsewhere Open() => new(new CardLookupApi(LookUpAsync), _time, NullLoggerFactory.Instance);

    private ValueTask<CardAnswer[]> LookUpAsync(LookUpCards request, Call call)
    {
        lock (_calls) _calls.Add([.. request.Urls]);
        return new([.. request.Urls.Select(url => _known.GetValueOrDefault(url))]);
    }

    private string[][] Calls()
    {
        lock (_calls) return [.. _calls];
    }

    private static async Task<CardAnswer> UntilSettledAsync(CardsElsewhere cards, string url)
    {
        await UntilAsync(() => cards.LookUp(url).IsSettled);
        return cards.LookUp(url);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo()) await Task.Yield();
    }
}
