from verify.declare import problem


def problem_of(primal, *gradients, wrt="x", kind="gradient", dims=None, where=None, **inputs):
    name = "_".join(primal.__name__.strip("<>").split())
    declared = problem(wrt=wrt, dims=dims, where=where, name=name, **inputs)(primal)
    for gradient in gradients:
        getattr(declared, kind)(gradient)
    return declared.problem
