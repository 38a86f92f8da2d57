using Roost.Rpc.Balancing;

namespace Roost.Composition;

/// <summary>
/// Tells whether the process whose place somebody waits for is dead though it keeps its connections, as one that is
/// stopped does: when it does not answer at its admin port, and either is not announced any more, or has asked its
/// database nothing meanwhile and was asked <see cref="MissesMax"/> times. One sign alone does not tell: who drains is
/// not announced, and who cannot be reached from here, or is late, may serve others well and asks its database.
/// </summary>
/// <remarks>A wrong verdict costs the other process its right to write, and streams a new beginning, but no data.
/// </remarks>
/// <param name="answers">Whether somebody answers at the address of an admin port; may take a second.</param>
internal sealed class HolderWatch(Func<string, bool> answers)
{
    /// <summary>As often as it is asked, in a row, before silence counts against one that is announced: each takes a
    /// second, and half a second lies between two.</summary>
    public const int MissesMax = 3;

    private readonly Lock _lock = new();

    // The waiting thread's alone.
    private long _lastWord = -1;
    private int _misses;

    // Both under _lock.
    private InstanceInfo? _last;
    private IReadOnlyList<InstanceInfo> _known = [];

    /// <summary>Who serves, as is known; the last one when nobody is announced, null before the first.</summary>
    public InstanceInfo? Last
    {
        get
        {
            lock (_lock) return _last;
        }
    }

    /// <summary>Those that are announced.</summary>
    public IReadOnlyList<InstanceInfo> Known
    {
        get
        {
            lock (_lock) return _known;
        }
    }

    /// <summary>Is told who is announced, at each change.</summary>
    public void Know(IReadOnlyList<InstanceInfo> instances)
    {
        lock (_lock)
        {
            _known = instances;
            if (instances.Count > 0) _last = instances[^1];
        }
    }

    /// <summary>For one thread.</summary>
    /// <param name="lastWord">When the other process last used its connection: later than the last time shows that it
    /// lives.</param>
    public bool IsDead(long lastWord)
    {
        string admin;
        bool isAnnounced;
        lock (_lock)
        {
            if (_last is not { Admin.Length: > 0 }) return false;
            (admin, isAnnounced) = (_last.Admin, _known.Count > 0);
        }
        var speaks = lastWord != _lastWord;
        _lastWord = lastWord;
        if (answers(admin) || speaks && isAnnounced)
        {
            _misses = 0;
            return false;
        }
        return !isAnnounced || ++_misses >= MissesMax;
    }
}
