using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Filters;

public sealed class FiltersElsewhereTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private readonly FakeTime _time = new();
    private readonly List<int> _asked = [];
    private DataDirectory _data = null!;
    private FiltersService _service = null!;
    private FiltersElsewhere _elsewhere = null!;

    private static Call Call => TestNetwork.Call;

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = FiltersService.Open(_data, _time, NullLoggerFactory.Instance, _scratch.Meters);
        _elsewhere = new FiltersElsewhere(
            new FilterListsApi((request, call) =>
            {
                _asked.AddRange(request.Accounts.Select(account => account.Value));
                return _service.Lists.OfMany(request, call);
            }, _service.Lists.Changes), _time);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task What_this_process_changes_holds_at_once_and_what_others_change_once_it_is_told()
    {
        await MakeAsync(_elsewhere.Heeding(_service.Api), 1, "cats");
        Assert.True(await MatchesAsync(1, "cats"));

        await MakeAsync(_elsewhere.Heeding(_service.Api), 1, "dogs");
        Assert.True(await MatchesAsync(1, "dogs"));

        await MakeAsync(_service.Api, 1, "birds");
        Assert.False(await MatchesAsync(1, "birds"));
        _elsewhere.Changed(new AccountId(1));
        Assert.True(await MatchesAsync(1, "birds"));

        await MakeAsync(_service.Api, 1, "fish");
        Assert.False(await MatchesAsync(1, "fish"));
        // Anybody's may have changed.
        _elsewhere.Changed(default);
        Assert.True(await MatchesAsync(1, "fish"));
    }

    [Fact]
    public async Task Without_news_what_is_known_is_asked_for_again()
    {
        Assert.False(await MatchesAsync(1, "cats"));
        await MakeAsync(_service.Api, 1, "cats");
        _time.Advance(FiltersElsewhere.KeptFor - TimeSpan.FromSeconds(1));
        Assert.False(await MatchesAsync(1, "cats"));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await MatchesAsync(1, "cats"));
    }

    [Fact]
    public async Task Many_are_asked_for_in_one_call_and_nobody_twice()
    {
        await MakeAsync(_service.Api, 3, "cats");
        AccountId[] viewers = [new(1), default, new(3), new(4)];

        var first = await _elsewhere.OfManyAsync(new GetFiltersOfMany(viewers), Call);
        var second = await _elsewhere.OfManyAsync(new GetFiltersOfMany(viewers), Call);
        var nobodys = await _elsewhere.OfManyAsync(new GetFiltersOfMany(viewers.AsMemory(0, 2)), Call);

        Assert.Equal([false, false, true, false], first.Select(one => one is not null));
        Assert.Equal([false, false, true, false], second.Select(one => one is not null));
        Assert.Empty(nobodys);
        Assert.Equal([1, 3, 4], _asked);
    }

    [Fact]
    public async Task Filters_expire_here_too()
    {
        await _service.Api.Make(
            new MakeFilter(
                new(1), "for a minute", FilterContexts.Home, FilterAction.Hide, TimeSpan.FromSeconds(30),
                [new KeywordEdit(0, "cats", false)]),
            Call);
        Assert.True(await MatchesAsync(1, "cats"));

        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.False(await MatchesAsync(1, "cats"));
        Assert.Equal([1], _asked);
    }

    private static async Task MakeAsync(FiltersApi filters, int account, string word) => await filters.Make(
        new MakeFilter(
            new(account), word, FilterContexts.Home, FilterAction.Hide, null, [new KeywordEdit(0, word, false)]),
        Call);

    private async Task<bool> MatchesAsync(int account, string text) =>
        (await _elsewhere.OfAsync(new GetViewerFilters(new(account)), Call))
            ?.Match(FilterContexts.Home, new PostId(1), default, text) is not null;
}
