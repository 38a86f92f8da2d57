using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Web.Instance;

/// <summary>How many accounts came within a month, counted anew every ten minutes at most: clients ask at every
/// start.</summary>
internal sealed class ActiveMonth(TimeProvider time)
{
    private static readonly TimeSpan _keptFor = TimeSpan.FromMinutes(10);

    private volatile Counted? _counted;

    public async ValueTask<int> GetAsync(FiguresApi figures, Call call)
    {
        var now = time.GetUtcNow();
        if (_counted is { } known && now - known.At < _keptFor) return known.Accounts;
        var visits = await figures.Visits(new CountVisits(1), call);
        _counted = new Counted(visits.ActiveMonth, now);
        return visits.ActiveMonth;
    }

    private sealed record Counted(int Accounts, DateTimeOffset At);
}
