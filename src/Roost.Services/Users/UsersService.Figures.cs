namespace Roost.Services.Users;

public sealed partial class UsersService
{
    private static readonly TimeSpan _visitsEvery = TimeSpan.FromMinutes(1);

    private readonly DailyVisitors _visitors;

    /// <summary>What is counted of people, bare.</summary>
    public FiguresApi Figures { get; }

    private FiguresApi CountingFigures() => new(
        Visits: async (request, call) =>
        {
            Require(request.Weeks is >= 1 and <= 104, "Visits are counted for 1 to 104 weeks");
            await StoreVisitsAsync(call.Cancellation);
            return _store.CountVisits(Today(), request.Weeks);
        },
        Joins: (request, _) => new(_store.CountJoins(request.First, DayCount.Of(request.First, request.Last))),
        Active: async (request, call) =>
        {
            var days = DayCount.Of(request.First, request.Last);
            await StoreVisitsAsync(call.Cancellation);
            return _store.CountActive(request.First, days);
        },
        Retention: async (request, call) =>
        {
            _ = DayCount.Of(request.First, request.Last);
            await StoreVisitsAsync(call.Cancellation);
            return _store.CountRetention(request);
        },
        Origins: (request, _) =>
        {
            Require(request.Limit is >= 1 and <= 100, "A list has 1 to 100 entries");
            return new(_store.CountOrigins(request, DayCount.Of(request.First, request.Last)));
        });

    private int Today() => DailyVisitors.DayOf(_time.GetUtcNow());

    private async Task KeepVisitsAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_visitsEvery, _time);
        while (await timer.WaitForNextTickAsync(ct)) await StoreVisitsAsync(ct);
    }

    private async ValueTask StoreVisitsAsync(CancellationToken ct)
    {
        var (day, accounts) = _visitors.Take(Today());
        if (accounts.Count > 0) await _store.AddVisitsAsync(day, accounts, ct);
    }
}
