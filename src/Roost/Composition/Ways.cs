using Roost.Rpc.Admin;

namespace Roost.Composition;

/// <summary>What a process has opened that finds its services elsewhere: the ways to them, and what leans on these;
/// closed the last first.</summary>
internal sealed class Ways(NodeTools tools) : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _opened = new();
    private readonly List<RoleElsewhere> _called = [];

    /// <summary>Which processes are called, and how they stand.</summary>
    public IReadOnlyList<CalledService> Called =>
        [.. _called.Where(way => !way.IsInProcess).Select(way => way.Report())];

    /// <param name="service">As it is announced.</param>
    public RoleElsewhere To(string service, Elsewhere where)
    {
        var way = Opened(new RoleElsewhere(service, where, tools));
        _called.Add(way);
        return way;
    }

    /// <summary>The same, or, where nothing is told, by way of another service that passes it on.</summary>
    public RoleElsewhere To(string service, Elsewhere? where, RoleElsewhere otherwise) =>
        where is null ? otherwise : To(service, where);

    public T Opened<T>(T one) where T : IAsyncDisposable
    {
        _opened.Push(one);
        return one;
    }

    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out var one)) await one.DisposeAsync();
    }
}
