using Roost.Services.Storage;

namespace Roost.Services.Community;

/// <summary>Verifies <c>community.db</c> while no server runs.</summary>
public static class CommunityCheck
{
    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair) =>
        new SqlCheck(data, CommunityService.Name, "Community", Look).Run(repair);

    private static SqlLook Look(SqlSession session) => new(
        [
            ("emojis", session.Number("SELECT count(*) FROM emojis") ?? 0),
            ("reports", session.Number("SELECT count(*) FROM reports") ?? 0),
            ("warnings", session.Number("SELECT count(*) FROM warnings") ?? 0),
            ("blocks", session.Number("SELECT count(*) FROM blocks") ?? 0),
        ], new Findings().All, null);
}
