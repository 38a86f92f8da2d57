namespace Roost.Services.Search;

/// <summary>Rests between pieces of work, so that it takes no more than a share of a processor.</summary>
/// <param name="share">More than 0; at 1 it never rests.</param>
internal sealed class Rests(double share)
{
    /// <summary>Rests are taken when they come to as much; a timer is no finer.</summary>
    private static readonly TimeSpan _restMin = TimeSpan.FromMilliseconds(5);

    private TimeSpan _rest;

    /// <summary>Leaves the processor to requests, for as long as the share asks after so much work. By the processor's
    /// time, whatever the services' clock says: that may be set forward by a month meanwhile.</summary>
    public async ValueTask TakeAsync(TimeSpan worked, CancellationToken ct)
    {
        _rest += worked * ((1 / share) - 1);
        if (_rest < _restMin)
            return;
        var rest = _rest;
        _rest = TimeSpan.Zero;
        await Task.Delay(rest, TimeProvider.System, ct);
    }
}
