using Roost.Rpc.Balancing;

namespace Roost.Composition;

/// <summary>
/// Tells whether the process whose place somebody waits for is dead though it keeps its connections, as one that is
/// stopped does: when it was announced and is not any more, and does not answer at its admin port either. One alone
/// does not tell: who drains is not announced, and who cannot be reached from here may serve others well.
/// </summary>
/// <param name="answers">Whether somebody answers at the address of an admin port; may take a second.</param>
internal sealed class HolderWatch(Func<string, bool> answers)
{
    private readonly Lock _lock = new();

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

    /// <summary>Asks the admin port only when it must.</summary>
    public bool IsDead()
    {
        string admin;
        lock (_lock)
        {
            if (_known.Count > 0 || _last is not { Admin.Length: > 0 }) return false;
            admin = _last.Admin;
        }
        return !answers(admin);
    }
}
